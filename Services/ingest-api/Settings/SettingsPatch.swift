import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Storage

/// What a caller wants changed of the settings, each value checked on its own; what only shows together is checked when
/// it is applied. Null brings a setting back to what it is for a new tenant.
struct SettingsPatch: Sendable {
    typealias Change = @Sendable (inout TenantSettings) -> Void

    static let fields = [
        "name", "default_country", "default_region", "time_zone", "auto_retry_enabled", "retry_preset", "max_retries",
        "max_retry_attempts", "retry_delays_seconds", "retry_delay_minutes", "message_delay_seconds", "daily_quota",
        "quiet_hours", "unanswered_policy", "expiry_seconds", "retention_days", "redact_after_days",
        "archive_before_removal", "keep_raw_receipts", "message_kinds", "thresholds", "opt_in_required", "fallback_template",
        "allowed_origins", "currency",
    ]
    static let nameCharactersMax = 200
    static let retriesMax = 20

    /// What is given, for the audit log.
    private(set) var names: [String] = []
    /// To be looked up: only Postgres knows the zones.
    private(set) var timeZone: String?
    private var changes: [Change] = []

    /// Throws everything that is wrong, as one answer.
    init(_ root: JSONValue) throws {
        var problems = FieldProblems()
        let reader = FieldReader(root, known: Self.fields, problems: &problems)
        names = Self.fields.filter { reader.has($0) || reader.isNull($0) }
        if names.isEmpty, problems.isEmpty {
            problems.note("nothing_to_change", nil, "Name at least one setting with its new value.")
        }
        readBusiness(reader, &problems)
        readRetries(reader, &problems)
        readSending(reader, &problems)
        readKeeping(reader, &problems)
        readRules(reader, &problems)
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
    }

    /// Throws a problem when the settings would contradict each other.
    func apply(to settings: inout TenantSettings) throws {
        for change in changes { change(&settings) }
        var problems = FieldProblems()
        if settings.retryPreset == .own, settings.retryDelaysSeconds == nil {
            problems.note(
                "retry_delays_missing", "retry_delays_seconds",
                "With the preset own give the delays in `retry_delays_seconds`, or one in `retry_delay_minutes`.")
        }
        if let kept = settings.retentionDays, let readable = settings.redactAfterDays, readable > kept {
            problems.note(
                "redact_after_days_too_late", "redact_after_days",
                "Messages are removed after \(kept) days: `redact_after_days` must not be more.")
        }
        if names.contains("retention_days"), let max = settings.retentionDaysMax, (settings.retentionDays ?? max) > max {
            problems.note(
                "retention_days_above_plan", "retention_days", "Your plan keeps messages for \(max) days at most.")
        }
        if !problems.isEmpty { throw Problem.refused(problems.all) }
    }

    // MARK: Reading

    private mutating func set(_ change: @escaping Change) { changes.append(change) }

    /// The value given, or the usual one for null.
    private mutating func take<Value: Sendable>(
        _ key: String, _ reader: FieldReader, usual: Value, _ given: Value?,
        _ change: @escaping @Sendable (inout TenantSettings, Value) -> Void
    ) {
        if reader.isNull(key) {
            set { change(&$0, usual) }
        } else if let given {
            set { change(&$0, given) }
        }
    }

    private mutating func readBusiness(_ reader: FieldReader, _ problems: inout FieldProblems) {
        if reader.isNull("name") { problems.note("name_invalid", "name", "`name` cannot be taken away.") }
        if let name = reader.text("name", &problems) {
            if (1...Self.nameCharactersMax).contains(name.unicodeScalars.count), !name.allSatisfy(\.isWhitespace) {
                set { $0.name = name }
            } else {
                problems.note("name_invalid", "name", "`name` must have 1 to \(Self.nameCharactersMax) characters.")
            }
        }
        if let key = Self.given("default_country", or: "default_region", reader, &problems) {
            let country = reader.text(key, &problems).flatMap { SettingsWords.country($0, key, &problems) }
            take(key, reader, usual: nil, country.map { $0 as String? }) { $0.defaultRegion = $1 }
        }
        let zone = reader.text("time_zone", &problems).flatMap { SettingsWords.timeZone($0, &problems) }
        timeZone = zone
        take("time_zone", reader, usual: "UTC", zone) { $0.timeZone = $1 }
        take("currency", reader, usual: "USD", SettingsWords.currency(reader, &problems)) { $0.currency = $1 }
    }

    private mutating func readRetries(_ reader: FieldReader, _ problems: inout FieldProblems) {
        take("auto_retry_enabled", reader, usual: true, reader.boolean("auto_retry_enabled", &problems)) {
            $0.isRetryAutomatic = $1
        }
        if let key = Self.given("max_retries", or: "max_retry_attempts", reader, &problems) {
            let count = reader.integer(key, in: 0...Self.retriesMax, &problems)
            take(key, reader, usual: RetryPolicy.maxRetriesDefault, count) { $0.maxRetries = $1 }
        }
        if let key = Self.given("retry_delays_seconds", or: "retry_delay_minutes", reader, &problems) {
            let delays = SettingsWords.retryDelays(key, reader, &problems)
            // Whoever gives delays wants them used; an empty place has nothing to use.
            take(key, reader, usual: nil, delays.map { $0 as [Int32]? }) { settings, delays in
                settings.retryDelaysSeconds = delays
                if delays != nil {
                    settings.retryPreset = .own
                } else if settings.retryPreset == .own {
                    settings.retryPreset = .quick
                }
            }
        }
        // After the delays, so that a preset given beside them counts.
        let preset = reader.text("retry_preset", &problems).flatMap { word -> RetryPreset? in
            if let preset = RetryPreset(rawValue: word) { return preset }
            let known = RetryPreset.allCases.map(\.rawValue).joined(separator: ", ")
            problems.note("retry_preset_unknown", "retry_preset", "`retry_preset` must be one of \(known).")
            return nil
        }
        take("retry_preset", reader, usual: .quick, preset) { $0.retryPreset = $1 }
    }

    private mutating func readSending(_ reader: FieldReader, _ problems: inout FieldProblems) {
        let delay = reader.integer("message_delay_seconds", in: 0...3_600, &problems)
        take("message_delay_seconds", reader, usual: 0, delay) { $0.messageDelaySeconds = $1 }
        let quota = reader.integer("daily_quota", in: 0...Int(Int32.max), &problems)
        take("daily_quota", reader, usual: nil, quota.map { $0 as Int? }) { $0.dailyQuota = $1 }
        let quiet = QuietHoursField.read(reader, &problems).map { TenantSettings.QuietMinutes(from: $0.from, to: $0.to) }
        take("quiet_hours", reader, usual: nil, quiet.map { $0 as TenantSettings.QuietMinutes? }) { $0.quietHours = $1 }
        let nothing = JSONText("{}")
        let unanswered = SettingsWords.unansweredPolicy(reader, &problems)
        take("unanswered_policy", reader, usual: nothing, unanswered) { $0.unansweredPolicy = $1 }
        take("expiry_seconds", reader, usual: nothing, SettingsWords.expiry(reader, &problems)) { $0.expirySeconds = $1 }
    }

    private mutating func readKeeping(_ reader: FieldReader, _ problems: inout FieldProblems) {
        let retention = reader.integer("retention_days", in: 1...3_650, &problems)
        take("retention_days", reader, usual: nil, retention.map { $0 as Int? }) { $0.retentionDays = $1 }
        let redaction = reader.integer("redact_after_days", in: 0...3_650, &problems)
        take("redact_after_days", reader, usual: nil, redaction.map { $0 as Int? }) { $0.redactAfterDays = $1 }
        let archive = reader.boolean("archive_before_removal", &problems)
        take("archive_before_removal", reader, usual: false, archive) { $0.isArchived = $1 }
        let receipts = reader.boolean("keep_raw_receipts", &problems)
        take("keep_raw_receipts", reader, usual: false, receipts) { $0.keepsRawReceipts = $1 }
    }

    private mutating func readRules(_ reader: FieldReader, _ problems: inout FieldProblems) {
        let kinds = SettingsWords.messageKinds(reader, &problems)
        take("message_kinds", reader, usual: nil, kinds.map { $0 as [String]? }) { $0.messageKinds = $1 }
        let thresholds = SettingsWords.thresholds(reader, &problems)
        take("thresholds", reader, usual: JSONText("{}"), thresholds) { $0.thresholds = $1 }
        take("opt_in_required", reader, usual: [], SettingsWords.categories(reader, &problems)) { $0.optInRequired = $1 }
        let fallback = SettingsWords.fallbackTemplate(reader, &problems)
        take("fallback_template", reader, usual: nil, fallback.map { $0 as JSONText? }) { $0.fallbackTemplate = $1 }
        take("allowed_origins", reader, usual: [], SettingsWords.origins(reader, &problems)) { $0.allowedOrigins = $1 }
    }

    /// The one of two names for the same thing that was used; both at once would be a riddle.
    private static func given(
        _ name: String, or alias: String, _ reader: FieldReader, _ problems: inout FieldProblems
    ) -> String? {
        let used = [name, alias].filter { reader.has($0) || reader.isNull($0) }
        if used.count > 1 {
            problems.note("fields_contradict", alias, "`\(name)` and `\(alias)` are the same setting: give one of them.")
        }
        return used.first
    }
}
