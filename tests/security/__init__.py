"""What attackers tried: each file is a kind of attack, each test one that once worked or nearly did."""
