import Crypto
import Models
import Runtime
import ServiceKit
import Storage

struct MonitorSettings: Sendable {
    let common: CommonSettings
    /// Lower-case addresses of those who may see all businesses.
    let founders: Set<String>
    /// Where people reach the pages; links in mails begin with it.
    let publicURL: String
    /// How often changes are folded when there are few.
    let countInterval: Duration
    /// How often each tenant's figures are held against its rows.
    let ledgerCheckInterval: Duration
    /// How long what happened waits, at most, until it is sealed.
    let proofSealInterval: Duration
    /// Signs seals and proofs.
    let proofSigner: ProofSigner
    /// How often what became of the last two days' messages is counted for reports.
    let outcomeInterval: Duration
    /// False: this copy measures nothing and asks nobody whether they answer, whatever is switched by API.
    let isMonitoringEnabled: Bool
    let monitoringInterval: Duration
    /// Messages accepted within it stand for how delivery is: two days, so that most have ended their time to live.
    let monitoringWindow: Duration
    /// What ended within it stands for how failures are.
    let failureWindow: Duration
    let uptimeInterval: Duration
    /// What is asked whether it answers, beside Postgres and Kafka, by name.
    let serviceURLs: [(name: String, url: String)]
    /// Where Meta and Twilio reach webhook-receiver, without a slash at its end; nil: it is not asked.
    let publicWebhookURL: String?
    let metaURL: String
    let twilioURL: String
    /// Whose free space is measured.
    let diskPaths: [String]
    let sessionLifetime: Duration
    /// Seals the data keys of tenants that are taken on here.
    let masterKeys: MasterKeys
    /// Development: webhooks of businesses on this machine.
    let allowsPrivateCallbacks: Bool
    /// How many proxies of ours stand in front: each adds the address it was called from to `X-Forwarded-For`.
    let trustedProxies: Int
    /// Where ingest-api listens for us: pages ask it for the people who are signed in here.
    let ingestURL: String
    /// Where retry-scheduler listens for us: what a clock outside asks of us is its to do.
    let schedulerURL: String
    /// Proves that clock; nil: nobody may ask.
    let cronSecret: Secret?
    /// Where Debian's libjs-bootstrap5 put its files.
    let assetsPath: String
    /// Where libjs-chart.js put its own.
    let chartsPath: String
    /// Where files of exports lie while they are written.
    let exportDirectory: String

    init(_ reader: SettingsReader) throws {
        common = CommonSettings(reader, service: "monitor", needs: [.service, .platform])
        founders = Set(reader.list("SUPER_ADMIN_EMAILS").map { $0.lowercased() })
        publicURL = reader.url("PUBLIC_URL", default: "http://127.0.0.1:8083")
        countInterval = reader.duration(
            "COUNT_INTERVAL",
            default: .milliseconds(500),
            in: .milliseconds(10) ... .seconds(60)
        )
        ledgerCheckInterval = reader.duration(
            "LEDGER_CHECK_INTERVAL",
            default: .seconds(300),
            in: .seconds(1) ... .seconds(24 * 3_600)
        )
        outcomeInterval = reader.duration(
            "OUTCOME_INTERVAL",
            default: .seconds(60),
            in: .seconds(1) ... .seconds(3_600)
        )
        isMonitoringEnabled = reader.boolean("MONITORING_ENABLED", default: true)
        monitoringInterval = reader.duration(
            "MONITORING_INTERVAL", default: .seconds(300), in: .seconds(10) ... .seconds(3_600))
        monitoringWindow = reader.duration(
            "MONITORING_WINDOW", default: .seconds(48 * 3_600), in: .seconds(3_600) ... .seconds(7 * 86_400))
        failureWindow = reader.duration(
            "MONITORING_FAILURE_WINDOW", default: .seconds(3_600), in: .seconds(60) ... .seconds(24 * 3_600))
        uptimeInterval = reader.duration(
            "UPTIME_INTERVAL", default: .seconds(60), in: .seconds(1) ... .seconds(3_600))
        serviceURLs = Self.serviceURLs(reader)
        let providers = ProviderSettings(reader)
        (publicWebhookURL, metaURL, twilioURL) = (providers.publicWebhookURL, providers.metaURL, providers.twilioURL)
        diskPaths = reader.list("DISK_PATHS", default: ["/"])
        sessionLifetime = reader.duration(
            "SESSION_LIFETIME",
            default: .seconds(12 * 3_600),
            in: .seconds(60) ... .seconds(30 * 86_400)
        )
        masterKeys = try MasterKeySettings.read(reader)
        proofSealInterval = reader.duration(
            "PROOF_SEAL_INTERVAL",
            default: .seconds(120),
            in: .seconds(1) ... .seconds(3_600)
        )
        proofSigner = Self.proofSigner(reader, masterKeys)
        allowsPrivateCallbacks = CallbackAddressSettings.allowsPrivate(reader)
        trustedProxies = reader.integer("TRUSTED_PROXIES", default: 0, in: 0...8)
        ingestURL = reader.url("INGEST_URL", default: "http://127.0.0.1:8080")
        schedulerURL = reader.url("RETRY_SCHEDULER_URL", default: "http://127.0.0.1:8082")
        cronSecret = reader.optionalSecret("CRON_SECRET")
        assetsPath = reader.text("ASSETS_PATH", default: "/usr/share/javascript/bootstrap5")
        chartsPath = reader.text("CHARTS_PATH", default: "/usr/share/javascript/chart.js")
        exportDirectory = reader.text("EXPORT_DIRECTORY", default: "/tmp")
        try reader.finish()
    }

    /// A key of its own where one is set, so that it can outlive the master keys.
    private static func proofSigner(_ reader: SettingsReader, _ masterKeys: MasterKeys) -> ProofSigner {
        if let text = reader.optionalSecret("PROOF_SIGNING_KEY") {
            if let signer = Base64.decode(text.reveal()).flatMap({ ProofSigner(seed: $0) }) { return signer }
            reader.note("PROOF_SIGNING_KEY", "is not 32 bytes in Base64")
        }
        return ProofSigner(derivedFrom: masterKeys)
    }

    /// `ingest-api=http://127.0.0.1:8080, …`
    private static func serviceURLs(_ reader: SettingsReader) -> [(name: String, url: String)] {
        reader.list("SERVICE_URLS").compactMap { entry in
            let halves = entry.split(separator: "=", maxSplits: 1).map(String.init)
            guard halves.count == 2, halves[1].hasPrefix("http://") || halves[1].hasPrefix("https://") else {
                reader.note("SERVICE_URLS", "must be a list of name=http://address")
                return nil
            }
            return (halves[0], halves[1].hasSuffix("/") ? String(halves[1].dropLast()) : halves[1])
        }
    }

    /// Cookies may only travel over TLS where people use TLS.
    var isSecure: Bool { publicURL.hasPrefix("https://") }
}
