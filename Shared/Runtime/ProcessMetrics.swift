internal import Glibc
internal import Models

/// What every process tells about itself, under the names Prometheus' own libraries use.
package enum ProcessMetrics {
    /// Once, at the start; the readings are taken when somebody asks.
    package static func register(in registry: MetricsRegistry = .shared) {
        let start = Double(SystemClock.now().microseconds) / 1_000_000
        registry.reading("process_start_time_seconds", help: "When the process began, in Unix seconds") {
            start
        }
        registry.reading("process_resident_memory_bytes", help: "Memory in use") {
            Double(residentBytes ?? 0)
        }
        registry.countReading("process_cpu_seconds_total", help: "Processor time used, user and system") {
            processorSeconds
        }
        registry.reading("process_open_fds", help: "Open files and connections") {
            Double(openFiles)
        }
        registry.reading("process_max_fds", help: "Files and connections that may be open") {
            var limit = rlimit()
            return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? Double(limit.rlim_cur) : 0
        }
    }

    /// The second field of /proc/self/statm counts pages.
    package static var residentBytes: Int? {
        guard let fields = SmallFile.text(at: "/proc/self/statm")?.split(separator: " "), fields.count > 1,
            let pages = Int(fields[1])
        else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static var openFiles: Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var entries = 0
        while readdir(directory) != nil { entries += 1 }
        // Not its two names of directories, nor the one that reads it.
        return max(0, entries - 3)
    }

    private static var processorSeconds: Double {
        var reading = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &reading)
        return Double(reading.tv_sec) + Double(reading.tv_nsec) * 1e-9
    }
}
