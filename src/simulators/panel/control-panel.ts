import { z } from 'zod';
import { KNOWN_PROVIDERS, type ProviderName } from '../../domain/promotion/promotion.ts';
import { type Answer, jsonAnswer } from '../server/answer.ts';
import { answerControl, CONTROL_NAMES, CONTROL_PATH, redeemCode } from '../server/control.ts';
import type { Simulator } from '../server/simulator.ts';
import { type PanelProvider, panelPage } from './panel-page.ts';
import { faultInWords, PRESETS } from './presets.ts';

/** The path of the page. The control calls of each provider are below it. */
export const PANEL_PATH = '/sandbox';

/** A request to the control panel. */
export interface PanelRequest {
  method: string;
  /** One of the panel's paths. */
  path: string;
  /** The body. */
  text: string;
  /** Whether the sender shows HTML. */
  isBrowser: boolean;
}

/** Controls the simulators of a sandbox: by buttons for people, by control calls for scripts. */
export interface ControlPanel {
  /** All its paths, and the methods of each. */
  methods: ReadonlyMap<string, readonly string[]>;
  answer(request: PanelRequest): Answer;
}

/** A control call of one simulator. */
interface Control {
  name: string;
  methods: readonly string[];
  simulator: Simulator;
}

const Press = z.discriminatedUnion('press', [
  z.object({ press: z.enum([...PRESETS.keys(), 'HEAL']), provider: z.string() }),
  z.object({
    press: z.literal('USE'),
    provider: z.string(),
    code: z.string(),
    uses: z.coerce.number({ error: 'Uses is a number' }).pipe(z.int().positive()),
  }),
]);

/** The panel of simulators that run, by the providers' names in the API. */
export function controlPanel(simulators: ReadonlyMap<ProviderName, Simulator>): ControlPanel {
  const providers = [...simulators].map(([name, simulator]): PanelProvider => {
    const { title } = KNOWN_PROVIDERS[name];
    return { name, title, path: `${PANEL_PATH}/${name.toLowerCase()}`, simulator };
  });
  const calls = new Map<string, Control>(
    providers.flatMap(({ path, simulator }) =>
      [...CONTROL_NAMES].map(([name, methods]) => [`${path}/${name}`, { name, methods, simulator }] as const),
    ),
  );

  function answer({ method, path, text, isBrowser }: PanelRequest): Answer {
    const call = calls.get(path);
    if (call) {
      const control = { method, path: `${CONTROL_PATH}${call.name}`, query: '', headers: {}, body: undefined, text };
      return answerControl(call.simulator, control);
    }
    if (method === 'POST') return answerPress(text);
    return isBrowser ? panelPage(PANEL_PATH, providers, null) : jsonAnswer(200, state());
  }

  function answerPress(text: string): Answer {
    try {
      press(Press.parse(Object.fromEntries(new URLSearchParams(text))));
    } catch (error) {
      const reason =
        error instanceof z.ZodError
          ? error.issues.map(({ message }) => message).join('. ')
          : error instanceof Error
            ? error.message
            : String(error);
      return panelPage(PANEL_PATH, providers, reason);
    }
    // A reload of the page presses nothing again.
    return { status: 303, headers: { location: PANEL_PATH }, body: '' };
  }

  function press(pressed: z.infer<typeof Press>): void {
    const simulator = providers.find(({ name }) => name === pressed.provider)?.simulator;
    if (!simulator) throw new Error('No provider has this name');
    if ('code' in pressed) return void redeemCode(simulator, pressed);
    // The fault that was added first would strike first.
    simulator.heal();
    const preset = PRESETS.get(pressed.press);
    if (preset) simulator.fail(preset.fault);
  }

  const state = () => ({
    providers: providers.map(({ name, path, simulator }) => ({
      provider: name,
      faults: simulator.faults().map(faultInWords),
      controls: [...CONTROL_NAMES.keys()].map((control) => `${path}/${control}`),
    })),
  });

  const methods = new Map<string, readonly string[]>([[PANEL_PATH, ['GET', 'POST']]]);
  for (const [path, call] of calls) methods.set(path, call.methods);
  return { methods, answer };
}
