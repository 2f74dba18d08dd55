/** The values of GET /metrics by name and labels. */
export async function scrape(url: string, headers: Record<string, string> = {}): Promise<Map<string, number>> {
  const text = await (await fetch(new URL('/metrics', url), { headers })).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}
