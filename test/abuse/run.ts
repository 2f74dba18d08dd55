/*
 * Attacks a gateway for some minutes, with one attack after the other and then with all in parallel, while an honest client
 * redeems. Prints the latencies and failures of the honest client and the memory of the gateway. Uses only this machine.
 */
import { setImmediate } from 'node:timers/promises';
import { ATTACKS, type Attack } from './attacks.ts';
import { redeemUntil } from './honest-client.ts';
import { startTarget } from './target.ts';

/** The length of the whole run. */
const SECONDS = Number(process.env.ABUSE_SECONDS ?? 180);
/** The number of parallel calls of one attack. */
const PARALLEL = Number(process.env.ABUSE_PARALLEL ?? 8);

const { target, stop } = await startTarget();
for (const { prepare } of ATTACKS) prepare?.(target);
/** One phase without an attack, one for each attack, and one with all attacks. */
const phases = [[], ...ATTACKS.map((attack) => [attack]), ATTACKS];
const each = (SECONDS * 1000) / phases.length;
line('attack', 'strikes/s', 'redeemed', 'median ms', 'slowest ms', 'peak MB', 'failed');
for (const attacks of phases) await play(attacks);
const code = await stop();
process.stdout.write(`Answers that speak of a bug: ${target.bugs()}. The gateway ended with ${code}.\n`);
process.exitCode = code === 0 && target.bugs() === 0 ? 0 : 1;

async function play(attacks: readonly Attack[]): Promise<void> {
  const until = performance.now() + each;
  const isOver = () => performance.now() >= until;
  const strikes = Promise.all(attacks.flatMap((attack) => strikersOf(attack, isOver)));
  const { latencies, failures } = await redeemUntil(target, isOver);
  target.closeAll();
  const struck = (await strikes).reduce((sum, count) => sum + count, 0);
  const title = attacks.length > 1 ? 'all in parallel' : (attacks[0]?.title ?? 'none');
  const failed = [...failures].map(([what, count]) => `${count} ${what}`).join(', ');
  line(
    title,
    ((struck * 1000) / each).toFixed(0),
    latencies.length,
    (latencies[latencies.length >> 1] ?? Number.NaN).toFixed(1),
    (latencies.at(-1) ?? Number.NaN).toFixed(1),
    ((await target.process.peakMemory()) / 2 ** 20).toFixed(0),
    failed || '-',
  );
}

/**
 * Attacks with parallel calls until the phase is over.
 * @returns the number of calls that each parallel attacker made
 */
function strikersOf(attack: Attack, isOver: () => boolean): Promise<number>[] {
  let index = 0;
  return Array.from({ length: PARALLEL }, async () => {
    let struck = 0;
    while (!isOver()) {
      index += 1;
      struck += 1;
      // A closed connection counts as an answer. The turn of the event loop lets the other attackers continue.
      await attack.strike(target, index).catch(() => setImmediate());
    }
    return struck;
  });
}

function line(title: string, ...figures: (string | number)[]): void {
  process.stdout.write(`${title.padEnd(52)}${figures.map((figure) => String(figure).padStart(11)).join('')}\n`);
}
