// Is this a matter for 110, 119 or 120? The same table and the same sums as civics/emergency.py, because without signal nobody
// else can say it. rows: [kind, number, pattern, sentence].
const CLAUSES = /[。！？!?；;，,、：:\n\r…~～]+/;
const any = (text, part) => part.some((word) => text.includes(word));
const read = (pattern) => pattern.toLowerCase().split("&").map((part) => part.split("|"));

export function alarm(words, rows) {
  const masks = rows.filter(([kind]) => kind === "mask").map((row) => row[2].toLowerCase()).sort((a, b) => b.length - a.length);
  const unless = rows.filter(([kind]) => kind === "unless").map(([, number, pattern]) => ({ numbers: number.split(";").filter(Boolean), parts: read(pattern) }));
  let text = words.toLowerCase();
  for (const mask of masks) text = text.replaceAll(mask, "\0");
  const clauses = text.split(CLAUSES);
  for (const [kind, number, pattern, sentence] of rows) {
    if (kind !== "alarm") continue;
    const [first, ...further] = read(pattern);
    for (const [at, here] of clauses.entries()) {
      if (!any(here, first)) continue;
      const next = clauses[at + 1];
      const where = (next && further.length ? [here, `${here}\n${next}`] : [here]).find((span) => further.every((part) => any(span, part)));
      if (where === undefined) continue;
      const harmless = unless.some(({ numbers, parts }) => (!numbers.length || numbers.includes(number)) && parts.every((part) => any(where, part)));
      if (!harmless) return { number, sentence };
    }
  }
  return null;
}
