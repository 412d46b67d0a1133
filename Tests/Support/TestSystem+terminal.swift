internal import Foundation

/// The command `tidings`, as a person runs it.
extension TestSystem {
    package struct Printed: Sendable {
        package let status: Int32
        package let output: String
        package let problems: String
    }

    /// - Parameters:
    ///   - environment: over what the services of this system have.
    ///   - key: of a business; the demo's unless given.
    package func tidings(
        _ words: String..., key: String? = nil, environment own: [String: String] = [:]
    ) async throws -> Printed {
        var settings = environment(of: "dispatcher")
        settings["INGEST_URL"] = ingestURL
        settings["WEBHOOK_URL"] = url("webhook-receiver")
        settings["DISPATCHER_URL"] = url("dispatcher")
        settings["RETRY_SCHEDULER_URL"] = url("retry-scheduler")
        settings["ALERTER_URL"] = url("alerter")
        settings["TIDINGS_API_KEY"] = key ?? apiKey
        let outcome = try await Subprocess.run(
            Self.binary(of: "tidings"), words, environment: settings.merging(own) { $1 })
        return Printed(
            status: ExitStatus.of(outcome.status), output: outcome.output, problems: outcome.problems)
    }
}
