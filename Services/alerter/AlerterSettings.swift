import Crypto
import HTTPClient
import Models
import Runtime
import ServiceKit
import Storage

struct AlerterSettings: Sendable {
    static let slackSetting = "SLACK_WEBHOOK_URL"
    static let slackBotSetting = "SLACK_CHANNEL"
    static let mailTimeout = Duration.seconds(20)
    static let slackTimeout = Duration.seconds(15)
    /// Longer than any one try: a server that goes silent may take a mail twice its time-out.
    static let lease = Duration.seconds(90)

    let common: CommonSettings
    /// The address is a secret: whoever knows it may write into the channel.
    let slackURL: Secret?
    let slackBot: SlackBotSettings?
    let mail: SMTPSettings?
    let mailFrom: MailAddress
    let alertAddresses: [String]
    /// With the waits of `NotificationWait`, 200 tries take more than a day.
    let attemptsMax: Int
    let publicURL: String?
    /// 1 in production. Tests shorten the waits between tries with it.
    let timeScale: Double

    let callbacks: CallbackSettings
    /// Told only of what nobody has acknowledged in time.
    let escalationAddresses: [String]
    let escalation: EscalationPolicy
    /// How long a channel may fail before what is critical is told by the other.
    let fallbackAfter: Duration
    /// Nil: none are sent.
    let digest: DigestSettings?
    /// The address is a secret: whoever knows it may say that all is well.
    let heartbeatURL: Secret?
    let heartbeatInterval: Duration

    init(_ reader: SettingsReader) throws {
        common = CommonSettings(reader, service: "alerter", needs: [.platform])
        callbacks = try CallbackSettings(reader)
        slackURL = Self.secretURL(Self.slackSetting, reader)
        slackBot = SlackBotSettings(reader)
        alertAddresses = reader.list("ALERT_EMAIL")
        if !alertAddresses.allSatisfy({ $0.contains("@") }) {
            reader.note("ALERT_EMAIL", "must be mail addresses")
        }
        escalationAddresses = reader.list("ESCALATION_EMAIL")
        if !escalationAddresses.allSatisfy({ $0.contains("@") }) {
            reader.note("ESCALATION_EMAIL", "must be mail addresses")
        }
        escalation = Self.escalation(reader)
        fallbackAfter = reader.duration(
            "ALERT_FALLBACK_AFTER", default: .seconds(300), in: .milliseconds(100) ... .seconds(86_400))
        digest = DigestSettings(reader)
        heartbeatURL = Self.secretURL("HEARTBEAT_URL", reader)
        heartbeatInterval = reader.duration(
            "HEARTBEAT_INTERVAL", default: .seconds(60), in: .milliseconds(100) ... .seconds(3_600))
        attemptsMax = reader.integer("ALERT_ATTEMPTS_MAX", default: 200, in: 1...10_000)
        publicURL = reader.optionalURL("PUBLIC_URL")
        timeScale = TimeScale.read(reader)
        if let url = reader.optionalURL("SMTP_URL", schemes: ["smtp", "smtps"]) {
            mail = SMTPSettings(
                url: url,
                username: reader.optionalText("SMTP_USERNAME"),
                password: reader.optionalSecret("SMTP_PASSWORD")?.reveal(),
                requireTLS: reader.boolean("SMTP_REQUIRE_TLS", default: !Self.isLocal(url)),
                timeout: Self.mailTimeout
            )
            mailFrom = MailAddress(reader.text("SMTP_FROM"), name: "Tidings")
        } else {
            mail = nil
            mailFrom = MailAddress("")
            if !alertAddresses.isEmpty { reader.note("SMTP_URL", "is needed to send to ALERT_EMAIL") }
            if !escalationAddresses.isEmpty { reader.note("SMTP_URL", "is needed to send to ESCALATION_EMAIL") }
        }
        try reader.finish()
    }

    /// Where alerts are told. With a bot, the webhook has nothing left to tell.
    var destinations: [NotificationDestination] {
        let slack = slackBot != nil ? Self.slackBotSetting : slackURL != nil ? Self.slackSetting : nil
        return (slack.map { [NotificationDestination(.slack, $0)] } ?? [])
            + alertAddresses.map { NotificationDestination(.email, $0) }
            + escalationAddresses.map { NotificationDestination(.email, $0, isSecondLine: true) }
    }

    private static func secretURL(_ name: String, _ reader: SettingsReader) -> Secret? {
        let secret = reader.optionalSecret(name)
        if let url = secret?.reveal(), !url.hasPrefix("http://"), !url.hasPrefix("https://") {
            reader.note(name, "must be a URL")
        }
        return secret
    }

    private static func escalation(_ reader: SettingsReader) -> EscalationPolicy {
        let span = Duration.milliseconds(100) ... .seconds(30 * 86_400)
        let usual = EscalationPolicy()
        return EscalationPolicy(
            remindAfter: reader.duration("ALERT_REMIND_AFTER", default: usual.remindAfter, in: span),
            escalateAfter: reader.duration("ALERT_ESCALATE_AFTER", default: usual.escalateAfter, in: span),
            repeatEvery: reader.duration("ALERT_REPEAT_EVERY", default: usual.repeatEvery, in: span),
            repeatsMax: reader.integer("ALERT_REPEATS_MAX", default: usual.repeatsMax, in: 0...1_000),
            warningAfter: reader.duration("ALERT_REMIND_WARNING_AFTER", default: usual.warningAfter, in: span),
            warningEvery: usual.warningEvery,
            warningRemindersMax: usual.warningRemindersMax)
    }

    /// Clear text may only stay on this machine.
    static func isLocal(_ url: String) -> Bool {
        ["smtp://127.0.0.1", "smtp://localhost", "smtp://[::1]"].contains { start in
            guard url.hasPrefix(start) else { return false }
            let rest = url.dropFirst(start.count)
            return rest.isEmpty || rest.hasPrefix(":") || rest.hasPrefix("/")
        }
    }
}

/// An app in Slack that may write into a channel (`chat:write`).
struct SlackBotSettings: Sendable {
    let token: Secret
    let channel: String
    /// Without a slash at the end.
    let apiURL: String

    /// Nil without a token.
    init?(_ reader: SettingsReader) {
        let url = reader.optionalURL("SLACK_API_URL") ?? "https://slack.com/api"
        guard let token = reader.optionalSecret("SLACK_BOT_TOKEN") else { return nil }
        self.token = token
        channel = reader.text(AlerterSettings.slackBotSetting)
        apiURL = url.hasSuffix("/") ? String(url.dropLast()) : url
    }
}

/// What delivering to tenants' endpoints needs.
struct CallbackSettings: Sendable {
    /// Longer than any round of tries by this: reading and recording.
    private static let leaseSpare = Duration.seconds(10)

    /// Open the secrets that sign.
    let masterKeys: MasterKeys
    /// For one try.
    let timeout: Duration
    /// How often endpoints with something due are looked for.
    let interval: Duration
    /// Tries at once, to all endpoints.
    let inFlightMax: Int
    let policy: CallbackPolicy
    let allowsPrivate: Bool

    var lease: Duration { timeout + Self.leaseSpare }

    init(_ reader: SettingsReader) throws {
        masterKeys = try MasterKeySettings.read(reader)
        timeout = reader.duration(
            "CALLBACK_TIMEOUT", default: .seconds(15), in: .milliseconds(100) ... .seconds(60))
        interval = reader.duration(
            "CALLBACK_INTERVAL", default: .milliseconds(250), in: .milliseconds(10) ... .seconds(60))
        inFlightMax = reader.integer("CALLBACK_IN_FLIGHT_MAX", default: 512, in: 2...4_096)
        policy = CallbackPolicy(
            disableAfter: reader.duration(
                "CALLBACK_DISABLE_AFTER", default: .seconds(72 * 3_600), in: .seconds(1) ... .seconds(30 * 86_400)),
            timeScale: TimeScale.read(reader))
        allowsPrivate = CallbackAddressSettings.allowsPrivate(reader)
    }
}
