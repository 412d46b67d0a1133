import Crypto
import EventBus
import Kafka
import Postgres
import Runtime
import ServiceKit
import Storage

/// Whether what the services read is there and well formed; never a value of it.
struct SettingsCheckup {
    let settings: Settings

    private struct Needed {
        let name: String
        let by: String
        let remedy: String
    }

    private static let needed = [
        Needed(name: "DATABASE_URL", by: "all services", remedy: "postgresql://tidings_service:…@host/tidings"),
        Needed(
            name: "PLATFORM_DATABASE_URL", by: "retry-scheduler, monitor, alerter, webhook-receiver",
            remedy: "postgresql://tidings_platform:…@host/tidings"),
        Needed(name: "KAFKA_BOOTSTRAP_SERVERS", by: "all services", remedy: "host:9092,host:9092"),
        Needed(name: "META_APP_SECRETS", by: "webhook-receiver", remedy: "the app secret of Meta's app, from its settings"),
        Needed(name: "WEBHOOK_VERIFY_TOKEN", by: "webhook-receiver", remedy: "the word given to Meta with the address"),
    ]
    private static let useful = [
        Needed(
            name: "SUPER_ADMIN_EMAILS", by: "monitor", remedy: "founders cannot sign in without it: name their addresses"),
        Needed(name: "SMTP_URL", by: "alerter", remedy: "no mail goes out without it, sign-in links included"),
        Needed(name: "PUBLIC_WEBHOOK_URL", by: "dispatcher", remedy: "nothing is sent through Twilio without it"),
        Needed(name: "CRON_SECRET", by: "retry-scheduler", remedy: "POST /v1/retries/run answers nobody without it"),
    ]

    func look() -> [Finding] {
        var findings: [Finding] = []
        for setting in Self.needed {
            let isThere = settings.reader.optionalSecret(setting.name) != nil
            findings.append(
                isThere
                    ? .fine(setting.name)
                    : .bad("\(setting.name) is missing, needed by \(setting.by)", "Set it: \(setting.remedy)."))
        }
        findings.append(masterKeys())
        for setting in Self.useful where settings.reader.optionalSecret(setting.name) == nil {
            findings.append(.doubtful("\(setting.name) is not set (\(setting.by))", setting.remedy + "."))
        }
        if let address = settings.text("PUBLIC_WEBHOOK_URL"), !address.hasPrefix("https://"), !address.isLoopback {
            findings.append(
                .bad("PUBLIC_WEBHOOK_URL is not https", "Providers send to https only: put a proxy with TLS in front."))
        }
        return findings
    }

    private func masterKeys() -> Finding {
        let remedy = "Make one: printf 'k1:%s\\n' \"$(head -c 32 /dev/urandom | base64)\". Keep it safe: without it no token opens."
        guard let text = settings.reader.optionalSecret("MASTER_KEYS") else {
            return .bad("MASTER_KEYS is missing, needed to open the senders' tokens", remedy)
        }
        do {
            let keys = try MasterKeys(parsing: text.reveal())
            return .fine("MASTER_KEYS (newest: \(keys.current.id))")
        } catch {
            return .bad("MASTER_KEYS is not a list of id:key with 32-byte keys in Base64", remedy)
        }
    }
}

/// Both roles, the schema, partitions ahead, and whether what is due is being looked after.
struct DatabaseCheckup {
    let settings: Settings

    func look() async -> [Finding] {
        var findings: [Finding] = []
        for name in ["DATABASE_URL", "PLATFORM_DATABASE_URL"] {
            guard let url = settings.reader.optionalSecret(name) else {
                findings.append(.skipped("\(name) is not set"))
                continue
            }
            let database = Database(
                DatabaseSettings(
                    url: url.reveal(), poolSize: 1, statementTimeout: .seconds(10), applicationName: "tidings-doctor"))
            do {
                try await database.start()
                try await SchemaCheck.require(on: database)
                findings.append(.fine("\(name): connected, schema \(SchemaCheck.version), role kept inside row-level security"))
                if name.hasPrefix("PLATFORM") { findings += try await state(CheckupStore(database)) }
            } catch let error as SchemaError {
                findings.append(.bad("\(name): \(error)", "Then look again."))
            } catch {
                findings.append(
                    .bad(
                        "\(name): \((error as? DatabaseError)?.logText ?? "no connection")",
                        "Is Postgres running there, may this role sign in (deploy/migrate sets passwords)?"))
            }
            await database.stop()
        }
        return findings
    }

    private func state(_ store: CheckupStore) async throws -> [Finding] {
        let state = try await store.state()
        var findings: [Finding] = []
        findings.append(
            state.hasPartitionsAhead
                ? .fine("partitions are made ahead of their days")
                : .bad("tomorrow has no partition", "retry-scheduler makes them: is it running?"))
        findings.append(
            state.overdue == 0
                ? .fine("nothing is overdue")
                : .bad(
                    "\(state.overdue) messages should have been looked at over two minutes ago",
                    "retry-scheduler takes what is due: is it running, does its log complain?"))
        findings.append(
            state.closedGates == 0
                ? .fine("no gate is closed")
                : .doubtful(
                    "\(state.closedGates) gates are closed and hold messages",
                    "The page /admin/delivery, or GET /v1/gates of the business, says why and who can open them."))
        findings.append(
            state.openAlerts == 0
                ? .fine("no alert is open")
                : .doubtful("\(state.openAlerts) alerts are open", "The page /admin/whatsapp-monitor lists them."))
        return findings
    }
}

/// Whether a broker answers and has our topics.
struct KafkaCheckup {
    let settings: Settings

    func look() async -> [Finding] {
        let reader = settings.reader
        guard settings.text("KAFKA_BOOTSTRAP_SERVERS") != nil else { return [.skipped("KAFKA_BOOTSTRAP_SERVERS is not set")] }
        let bus = BusSettings(reader, service: "tidings")
        do {
            try reader.finish()
        } catch {
            return [.bad("\(error)", "Mend the setting.")]
        }
        do {
            let there = try KafkaTopics.partitions(on: bus.kafka)
            return Topic.allCases.map { topic in
                let name = bus.topic(topic)
                guard let partitions = there[name] else {
                    return .bad("the topic \(name) is missing", "deploy/kafka/create-topics makes all of them.")
                }
                return partitions >= topic.partitions
                    ? .fine("\(name): \(partitions) partitions")
                    : .doubtful(
                        "\(name) has \(partitions) partitions, \(topic.partitions) are planned",
                        "deploy/kafka/create-topics adds them; more consumers than partitions stand idle.")
            }
        } catch {
            return [
                .bad("\(error)", "Is KAFKA_BOOTSTRAP_SERVERS right and reachable? Messages are safe in Postgres meanwhile.")
            ]
        }
    }
}

extension String {
    var isLoopback: Bool { contains("://127.") || contains("://localhost") || contains("://[::1]") }
}
