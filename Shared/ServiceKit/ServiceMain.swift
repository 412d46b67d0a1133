internal import Glibc
package import Runtime

/// The way every service begins: settings, then what they build, then run until told to stop.
package enum ServiceMain {
    /// Never returns. Exits 2 when settings are wrong, so that a supervisor can tell it from a crash.
    ///
    /// - Parameters:
    ///   - settings: reads and checks the environment; all problems are named at once.
    ///   - build: wires the parts, in the order in which they start.
    package static func run<Settings>(
        _ service: String,
        settings: (SettingsReader) throws -> Settings,
        build: (Settings) throws -> [any Part]
    ) async -> Never {
        Log.bootstrap(service: service)
        do {
            let reader = SettingsReader()
            let tracing = TracingSettings(reader, service: service)
            let known = try settings(reader)
            ProcessMetrics.register()
            let exporter = SpanExportPart(tracing).map { [$0] } ?? []
            await ServiceRunner.runToExit(parts: exporter + (try build(known)))
        } catch let error as SettingsError {
            Log.error("the settings are not usable", ["problems": error.problems.joined(separator: "; ")])
            exit(2)
        } catch {
            Log.error("the service could not be built", ["reason": "\(error)"])
            exit(1)
        }
    }
}
