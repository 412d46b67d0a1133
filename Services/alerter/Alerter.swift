import EventBus
import HTTPClient
import HTTPServer
import Kafka
import Models
import Postgres
import Runtime
import ServiceKit
import Storage

/// The wiring of alerter: nothing but who knows whom. Any number of copies may run.
enum Alerter {
    static func build(_ settings: AlerterSettings) throws -> [any Part] {
        let common = settings.common
        let database = Database(common.platformDatabase)
        let store = NotificationStore(database)
        let client = HTTPClient()
        if settings.destinations.isEmpty {
            Log.warning("alerts are told to no one: none of SLACK_BOT_TOKEN, SLACK_WEBHOOK_URL and ALERT_EMAIL is set")
        }
        let stopping = StopFlag()
        let turns = self.turns(settings, store, client, stopping)
        let heartbeat = settings.heartbeatURL.map { url in
            Heartbeat(url: url, client: client, loops: [Self.sweepName] + turns.platform.map(\.name)) {
                (try? await database.ping()) != nil
            }
        }
        let telling = (turns.platform + turns.businesses).map { name, turn in
            PeriodicPart(name, every: .milliseconds(500)) {
                let hasMore = try await turn.run()
                heartbeat?.note(name)
                return hasMore
            }
        }
        let wake: @Sendable () -> Void = { for part in telling { part.wake() } }
        let sweep = sweep(settings, store, heartbeat, wake: wake)
        let callbacks = try CallbackParts(settings, wake: { sweep.wake() })
        var readiness = ReadinessChecks()
        readiness.add("database", database)
        let parts: [any Part] = [
            DatabasePart(database),
            SimplePart("client", start: { try client.start() }, stop: { _ in await client.stop() }),
        ]
        return parts + telling + [sweep, news(common, sweep)] + digests(settings, database, wake: wake)
            + beats(settings, heartbeat) + callbacks.parts + [
                SimplePart("pace", stop: { _ in stopping.set() }),
                HTTPPart(common, router: Router(), readiness: readiness),
            ]
    }

    private static let sweepName = "alerts owed"

    /// News on the bus only shortens the wait: what is owed stands in Postgres.
    private static func sweep(
        _ settings: AlerterSettings, _ store: NotificationStore, _ heartbeat: Heartbeat?, wake: @escaping @Sendable () -> Void
    ) -> PeriodicPart {
        PeriodicPart(sweepName, every: .seconds(1)) {
            let owed = try await store.oweAlerts(to: settings.destinations)
            let steps = try await store.takeSteps(settings.escalation, to: settings.destinations)
            let others = try await store.fallBack(after: settings.fallbackAfter, to: settings.destinations)
            if owed.written + steps.written + others > 0 { wake() }
            heartbeat?.note(sweepName)
            return owed.hasMore || steps.hasMore
        }
    }

    private static func news(_ common: CommonSettings, _ sweep: PeriodicPart) -> ConsumerPart {
        let bus = common.bus
        return ConsumerPart(
            "alerts",
            batchMax: 500,
            make: {
                try KafkaConsumer(
                    bus.kafka, group: "\(bus.prefix)-alerter", topics: [bus.topic(.alerts)],
                    embeddedFetchWait: .milliseconds(50))
            },
            handle: { _ in sweep.wake() }
        )
    }

    private static func digests(
        _ settings: AlerterSettings, _ database: Database, wake: @escaping @Sendable () -> Void
    ) -> [any Part] {
        guard let digest = settings.digest else { return [] }
        let turn = DigestTurn(
            settings: digest, routes: DigestRouteStore(database), figures: DigestStore(database),
            destinations: settings.destinations)
        return [
            PeriodicPart("digests", every: .seconds(20)) {
                if try await turn.run() > 0 { wake() }
                return false
            }
        ]
    }

    private static func beats(_ settings: AlerterSettings, _ heartbeat: Heartbeat?) -> [any Part] {
        guard let heartbeat else { return [] }
        return [
            PeriodicPart("heartbeat", every: settings.heartbeatInterval) {
                await heartbeat.beat()
                return false
            }
        ]
    }

    // MARK: Telling

    private typealias NamedTurn = (name: String, turn: TellingTurn)

    /// One for each channel and audience, so that no business's dead address holds up the platform's.
    private static func turns(
        _ settings: AlerterSettings, _ store: NotificationStore, _ client: HTTPClient, _ stopping: StopFlag
    ) -> (platform: [NamedTurn], businesses: [NamedTurn]) {
        let words = words(settings)
        let channels = channels(settings, client)
        func turns(for audience: NotificationAudience) -> [NamedTurn] {
            channels.map { channel in
                let turn = TellingTurn(
                    store: store,
                    channel: channel,
                    audience: audience,
                    words: words,
                    destinations: settings.destinations,
                    attemptsMax: settings.attemptsMax,
                    timeScale: settings.timeScale,
                    wait: { span in if span > .zero { await stopping.wait(atMost: span) } }
                )
                return ("telling \(audience.rawValue) by \(channel.channel.rawValue)", turn)
            }
        }
        return (turns(for: .platform), turns(for: .businesses))
    }

    private static func words(_ settings: AlerterSettings) -> TellingWords {
        guard let publicURL = settings.publicURL else { return TellingWords(publicURL: nil) }
        let links = AckLinks(settings.callbacks.masterKeys, publicURL: publicURL)
        return TellingWords(publicURL: publicURL) { alert, who, now in links.link(alertID: alert, who: who, now: now) }
    }

    /// Businesses' own Slack webhooks are told whatever the settings say.
    private static func channels(_ settings: AlerterSettings, _ client: HTTPClient) -> [any TellingChannel] {
        let bot = settings.slackBot.map { bot in
            SlackBot(client: client, apiURL: bot.apiURL, token: bot.token, channel: bot.channel)
        }
        var channels: [any TellingChannel] = [
            SlackChannel(
                client: client, url: settings.slackURL, bot: bot, secrets: SecretStore(settings.callbacks.masterKeys),
                allowsPrivate: settings.callbacks.allowsPrivate)
        ]
        if let mail = settings.mail {
            channels.append(MailChannel(client: client, server: mail, from: settings.mailFrom))
        }
        return channels
    }
}
