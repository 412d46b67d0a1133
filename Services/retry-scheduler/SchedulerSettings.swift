import Crypto
import Models
import Runtime
import ServiceKit
import Storage

struct SchedulerSettings: Sendable {
    let common: CommonSettings
    /// Open what the checks of senders and templates need, and seal data keys again after a rotation.
    let masterKeys: MasterKeys
    let providers: ProviderSettings
    /// How often each sender's provider is asked about it.
    let senderCheckInterval: Duration
    /// How often the loop looks when nothing was due.
    let interval: Duration
    let policy: DuePolicy
    let pace: Pace
    let timeScale: Double
    /// How often failed messages are looked through.
    let sweepInterval: Duration
    /// Proves who asks for a sweep; nil: nobody may.
    let cronSecret: Secret?
    /// How often the templates of an account are compared with its provider's list.
    let templateSyncInterval: Duration
    let partitionDaysAhead: Int
    let idempotencyKeysKept: Duration
    /// How often data whose time is over are looked for.
    let retentionInterval: Duration
    /// The platform's own bound on how long data are kept; nil: none.
    let retentionDaysMax: Int?
    let archive: ArchiveSettings

    init(_ reader: SettingsReader) throws {
        common = CommonSettings(reader, service: "retry-scheduler", needs: [.platform])
        masterKeys = try MasterKeySettings.read(reader)
        providers = ProviderSettings(reader)
        senderCheckInterval = reader.duration(
            "SENDER_CHECK_INTERVAL", default: .seconds(3_600), in: .seconds(1) ... .seconds(86_400))
        interval = reader.duration(
            "SCHEDULER_INTERVAL",
            default: .milliseconds(250),
            in: .milliseconds(10) ... .seconds(60)
        )
        let watch = reader.duration(
            "HANDOVER_WATCH",
            default: .seconds(30),
            in: .milliseconds(100) ... .seconds(600)
        )
        timeScale = TimeScale.read(reader)
        policy = DuePolicy(
            handOverWatch: watch,
            handOverWatchMax: max(.seconds(600), watch),
            unanswered: .standard.scaled(by: timeScale)
        )
        pace = Pace(
            lead: reader.duration("PACE_LEAD", default: .seconds(3), in: .zero ... .seconds(30)),
            handOverWatch: policy.handOverWatch, handOverWatchMax: policy.handOverWatchMax)
        sweepInterval = reader.duration(
            "SWEEP_INTERVAL", default: .seconds(300), in: .seconds(1) ... .seconds(86_400))
        cronSecret = reader.optionalSecret("CRON_SECRET")
        templateSyncInterval = reader.duration(
            "TEMPLATE_SYNC_INTERVAL", default: .seconds(3_600), in: .seconds(10) ... .seconds(86_400))
        partitionDaysAhead = reader.integer("PARTITION_DAYS_AHEAD", default: 3, in: 2...60)
        idempotencyKeysKept = reader.duration(
            "IDEMPOTENCY_KEYS_KEPT",
            default: .seconds(48 * 3_600),
            in: .seconds(3_600) ... .seconds(30 * 86_400)
        )
        retentionInterval = reader.duration(
            "RETENTION_INTERVAL", default: .seconds(3_600), in: .seconds(1) ... .seconds(86_400))
        retentionDaysMax = reader.optionalText("RETENTION_DAYS_MAX").flatMap { text in
            let days = Int(text).flatMap { (1...36_500).contains($0) ? $0 : nil }
            if days == nil { reader.note("RETENTION_DAYS_MAX", "must be a whole number between 1 and 36500") }
            return days
        }
        archive = ArchiveSettings(reader)
        try reader.finish()
    }
}
