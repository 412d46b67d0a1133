import Crypto
import EventBus
import Runtime
import ServiceKit

/// What ingest-api reads from its environment.
struct IngestSettings: Sendable {
    let common: CommonSettings
    /// Seal what tenants entrust to us.
    let masterKeys: MasterKeys
    let providers: ProviderSettings
    /// Single messages that may wait for a commit before callers are told that we are too busy.
    let waitingMax: Int
    /// Threads that serve connections.
    let httpLoops: Int
    /// Of an API key whose plan says nothing.
    let requestsPerSecond: Int
    static let requestsPerSecondStandard = 5_000

    /// Development: endpoints of tenants may lie on this machine.
    let allowsPrivateCallbacks: Bool
    /// How often tasks that are due are looked for; one that an event plans for now is run at once.
    let automationInterval: Duration
    /// How long a task that was taken is left to whoever took it.
    let automationLease: Duration

    init(_ reader: SettingsReader) throws {
        common = CommonSettings(reader, service: "ingest-api", needs: [.service])
        masterKeys = try MasterKeySettings.read(reader)
        providers = ProviderSettings(reader)
        waitingMax = reader.integer("INGEST_WAITING_MAX", default: 20_000, in: 100...1_000_000)
        httpLoops = reader.integer("INGEST_HTTP_LOOPS", default: 1, in: 1...16)
        allowsPrivateCallbacks = CallbackAddressSettings.allowsPrivate(reader)
        requestsPerSecond = reader.integer("API_REQUESTS_PER_SECOND", default: 5_000, in: 1...1_000_000)
        automationInterval = reader.duration(
            "AUTOMATION_INTERVAL", default: .seconds(1), in: .milliseconds(50) ... .seconds(60))
        automationLease = reader.duration("AUTOMATION_LEASE", default: .seconds(60), in: .seconds(5) ... .seconds(600))
        try reader.finish()
    }
}
