/*
 * Loaded before a gateway in a process of its own: reports its CPU time and peak memory to the parent process on request,
 * and ends it with a parent that has failed.
 */
process.on('message', () => process.send?.({ ...process.cpuUsage(), peakKilobytes: process.resourceUsage().maxRSS }));
process.once('disconnect', () => process.exit(1));
process.channel?.unref();
