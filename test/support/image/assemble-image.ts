import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Copy, DockerfileParser } from 'dockerfile-ast';
import { z } from 'zod';

const ROOT = new URL('../../..', import.meta.url).pathname;

const words = z.array(z.string());
const flag = z.boolean().optional();
const lock = z.object({ packages: z.record(z.string(), z.object({ dev: flag, optional: flag, devOptional: flag })) });

/** The files of the image, in a folder of this machine, and what starts in it. */
export interface Image {
  workFolder: string;
  /** The variables of its processes. */
  variables: Record<string, string>;
  command: string[];
  healthCheck: string[];
}

/**
 * Does in a folder what the Dockerfile says, without Docker and without a network: packages come from this checkout.
 * @param env the environment of the commands that the Dockerfile runs
 * @throws when the Dockerfile copies what .dockerignore keeps out, or has an instruction that this does not know
 */
export function assembleImage(folder: string, env: NodeJS.ProcessEnv): Image {
  const image: Image = { workFolder: '', variables: {}, command: [], healthCheck: [] };
  const stages = new Map<string, string>();
  let stage = '';
  const dockerfile = DockerfileParser.parse(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));
  for (const instruction of dockerfile.getInstructions()) {
    const text = instruction.getArgumentsContent() ?? '';
    switch (instruction.getKeyword()) {
      case 'FROM':
        stage = join(folder, `stage-${stages.size}`);
        stages.set(/ AS (\S+)$/.exec(text)?.[1] ?? 'the image', stage);
        break;
      case 'WORKDIR':
        image.workFolder = join(stage, text);
        mkdirSync(image.workFolder, { recursive: true });
        break;
      case 'COPY':
        copyAll(text.split(/ +/), image.workFolder, stages.get(fromOf(instruction) ?? ''));
        break;
      case 'RUN':
        runLine(text, image.workFolder, env);
        break;
      case 'HEALTHCHECK':
        image.healthCheck = words.parse(JSON.parse(text.slice(text.indexOf('['))));
        break;
      case 'CMD':
        image.command = words.parse(JSON.parse(text));
        break;
      case 'ENV':
      case 'VOLUME':
      case 'EXPOSE':
      case 'USER':
        break;
      default:
        throw new Error(`The test of the image does not know ${instruction.getKeyword()}`);
    }
  }
  for (const property of dockerfile.getENVs().flatMap((instruction) => instruction.getProperties())) {
    image.variables[property.getName()] = property.getValue() ?? '';
  }
  return image;
}

function fromOf(instruction: unknown): string | null {
  return instruction instanceof Copy ? (instruction.getFromFlag()?.getValue() ?? null) : null;
}

/** @param from the stage that has the sources; undefined: the context of the build */
function copyAll(paths: readonly string[], workFolder: string, from: string | undefined): void {
  const [target = '', ...sources] = paths.toReversed();
  const to = resolve(workFolder, target);
  for (const source of sources) {
    const path = from === undefined ? join(ROOT, inContext(source)) : join(from, source);
    // The content of a folder, but a file as itself.
    cpSync(path, statSync(path).isDirectory() ? to : join(to, basename(path)), { recursive: true });
  }
}

/** @throws when .dockerignore, which keeps everything out but what it names, does not name it */
function inContext(path: string): string {
  const named = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  if (named.includes('*') && named.includes(`!${path}`)) return path;
  throw new Error(`.dockerignore keeps ${path} out`);
}

function runLine(line: string, workFolder: string, env: NodeJS.ProcessEnv): void {
  // Outside of the working directory. The test has a folder of its own instead.
  if (line.startsWith('mkdir /data ')) return;
  if (line === 'npm ci --omit=dev --omit=optional') copyPackages(workFolder);
  else execFileSync('sh', ['-e', '-c', line], { cwd: workFolder, env });
}

function copyPackages(workFolder: string): void {
  const { packages } = lock.parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')));
  for (const [path, { dev, optional, devOptional }] of Object.entries(packages)) {
    if (path === '' || dev || optional || devOptional) continue;
    const from = join(ROOT, path);
    // The packages in a package have entries of their own.
    const filter = (file: string) => !file.startsWith(join(from, 'node_modules'));
    cpSync(from, join(workFolder, path), { recursive: true, filter });
  }
}
