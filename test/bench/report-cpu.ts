/* Loaded before the gateway by a benchmark: tells its parent, when asked, how much CPU time and memory it has used so far. */
process.on('message', () => process.send?.({ ...process.cpuUsage(), peakKilobytes: process.resourceUsage().maxRSS }));
process.channel?.unref();
