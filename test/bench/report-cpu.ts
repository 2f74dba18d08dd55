/* Loaded before the gateway by a benchmark: reports its CPU time and peak memory to the parent process on request. */
process.on('message', () => process.send?.({ ...process.cpuUsage(), peakKilobytes: process.resourceUsage().maxRSS }));
process.channel?.unref();
