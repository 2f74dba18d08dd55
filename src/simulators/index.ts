export type { ControlPanel } from './panel/control-panel.ts';
export type { ReceivedCall } from './server/call.ts';
export type { Fault } from './server/fault.ts';
export type { Simulator, SimulatorOptions } from './server/simulator.ts';
export { type Simulators, startSimulators } from './start-simulators.ts';
