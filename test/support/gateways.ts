import { afterAll, afterEach, onTestFinished } from 'vitest';
import { type RunningGateway, type StartOptions, startGateway } from './start-gateway.ts';

/**
 * Starts one gateway for all tests of a file. After each test its simulators drop their faults; after the last one it
 * stops. Call it at the top level of the file.
 */
export async function sharedGateway(options?: StartOptions): Promise<RunningGateway> {
  const gateway = await startGateway(options);
  afterEach(() => {
    for (const provider of Object.values(gateway.simulators)) provider.heal();
  });
  afterAll(() => gateway.stop());
  return gateway;
}

/** Starts a gateway for the running test. It stops when the test has finished, after its `afterEach` hooks. */
export async function freshGateway(options?: StartOptions): Promise<RunningGateway> {
  const gateway = await startGateway(options);
  onTestFinished(() => gateway.stop());
  return gateway;
}
