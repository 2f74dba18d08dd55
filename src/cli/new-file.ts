import { createWriteStream, existsSync, rmSync, type WriteStream } from 'node:fs';
import { createPrivateFile } from '../store/engines/private-file.ts';

/**
 * Writes a new private file. After an error there is none: an incomplete file is worse.
 * @param fill ends the stream
 * @returns how many bytes were written
 * @throws when the file exists or cannot be written
 */
export async function writeNewFile(file: string, fill: (stream: WriteStream) => Promise<void>): Promise<number> {
  if (existsSync(file)) throw new Error(`${file} already exists`);
  createPrivateFile(file);
  try {
    const stream = createWriteStream(file);
    await fill(stream);
    return stream.bytesWritten;
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}
