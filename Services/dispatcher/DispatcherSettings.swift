import Crypto
import Models
import Runtime
import ServiceKit

struct DispatcherSettings: Sendable {
    /// A margin for the clock, the commit before the call and the commit after it.
    static let leaseMarginMin = Duration.seconds(5)

    let common: CommonSettings
    let masterKeys: MasterKeys
    /// Without an address for webhooks nothing is sent through Twilio.
    let providers: ProviderSettings
    /// For one provider call as a whole.
    let sendDeadline: Duration
    /// How long an attempt is ours; after it the attempt counts as unanswered.
    let lease: Duration
    let inFlightMax: Int
    let pendingMax: Int
    /// 1 in production. Tests shorten every delay of ours with it.
    let timeScale: Double

    init(_ reader: SettingsReader) throws {
        common = CommonSettings(reader, service: "dispatcher", needs: [.service])
        masterKeys = try MasterKeySettings.read(reader)
        providers = ProviderSettings(reader)
        sendDeadline = reader.duration("SEND_DEADLINE", default: .seconds(15), in: .milliseconds(100) ... .seconds(120))
        lease = reader.duration("ATTEMPT_LEASE", default: .seconds(30), in: .seconds(1) ... .seconds(600))
        inFlightMax = reader.integer("IN_FLIGHT_MAX", default: 512, in: 1...10_000)
        pendingMax = reader.integer("PENDING_MAX", default: 20_000, in: 100...1_000_000)
        timeScale = TimeScale.read(reader)
        if lease < sendDeadline + Self.leaseMarginMin {
            reader.note("ATTEMPT_LEASE", "must be at least 5s longer than SEND_DEADLINE")
        }
        try reader.finish()
    }
}
