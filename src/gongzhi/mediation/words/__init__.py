"""How things are said in this room: messages that go out, and acts as each side reads them."""
