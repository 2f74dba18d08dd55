/* Loaded before the gateway by a benchmark: tells its parent, when asked, how much CPU time it has used so far. */
process.on('message', () => process.send?.(process.cpuUsage()));
process.channel?.unref();
