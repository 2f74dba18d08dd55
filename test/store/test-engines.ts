import type { Engine } from '../../src/store/engines/engine.ts';
import { openEngine } from '../../src/store/engines/open-engine.ts';
import { CHOSEN_STORES, type CreateStore, createFile, STORES, type TestStore } from './test-stores.ts';

/** An engine with an empty store that belongs to one test. */
export interface TestEngine {
  engine: Engine;
  /** Closes it and deletes the store. */
  remove(): Promise<void>;
}

/** The name of each engine, and how to open it. */
export const ENGINES = STORES.map(opening);

/** The one engine of long suites. See {@link CHOSEN_STORES}. */
export const CHOSEN_ENGINES = CHOSEN_STORES.map(opening);

function opening([name, create]: [string, CreateStore]): [name: string, open: () => Promise<TestEngine>] {
  return [name, async () => openOver(await create())];
}

/** @returns also the store's file */
export async function openTestSqlite(): Promise<TestEngine & { file: string }> {
  const store = await createFile();
  return { ...(await openOver(store)), file: store.address.file };
}

async function openOver(store: TestStore): Promise<TestEngine> {
  const engine = await openEngine(store.address);
  const remove = async () => {
    await engine.close();
    await store.remove();
  };
  return { engine, remove };
}
