import EventBus
import HTTPClient
import HTTPServer
import Kafka
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
        let channels = channels(settings, client)
        if settings.destinations.isEmpty {
            Log.warning("alerts are told to nobody: neither SLACK_WEBHOOK_URL nor ALERT_EMAIL is set")
        }
        let stopping = StopFlag()
        let words = Self.words(settings)
        let tellers = channels.flatMap { channel in NotificationAudience.allCases.map { (channel, $0) } }
        let telling = tellers.map { channel, audience in
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
            let name = "telling \(audience.rawValue) by \(channel.channel.rawValue)"
            return PeriodicPart(name, every: .milliseconds(500)) {
                try await turn.run()
            }
        }
        // News on the bus only shortens the wait: what is owed stands in Postgres.
        let sweep = PeriodicPart("alerts owed", every: .seconds(1)) {
            let owed = try await store.oweAlerts(to: settings.destinations)
            let steps = try await store.takeSteps(settings.escalation, to: settings.destinations)
            if owed.written + steps.written > 0 { for part in telling { part.wake() } }
            return owed.hasMore || steps.hasMore
        }
        let bus = common.bus
        let news = ConsumerPart(
            "alerts",
            batchMax: 500,
            make: {
                try KafkaConsumer(bus.kafka, group: "\(bus.prefix)-alerter", topics: [bus.topic(.alerts)])
            },
            handle: { _ in sweep.wake() }
        )
        let callbacks = try CallbackParts(settings, wake: { sweep.wake() })
        var readiness = ReadinessChecks()
        readiness.add("database", database)
        let parts: [any Part] = [
            DatabasePart(database),
            SimplePart("client", start: { try client.start() }, stop: { _ in await client.stop() }),
        ]
        return parts + telling + [
            sweep, news,
        ] + callbacks.parts + [
            SimplePart("pace", stop: { _ in stopping.set() }),
            HTTPPart(common, router: Router(), readiness: readiness),
        ]
    }

    private static func words(_ settings: AlerterSettings) -> TellingWords {
        guard let publicURL = settings.publicURL else { return TellingWords(publicURL: nil) }
        let links = AckLinks(settings.callbacks.masterKeys, publicURL: publicURL)
        return TellingWords(publicURL: publicURL) { alert, who, now in links.link(alertID: alert, who: who, now: now) }
    }

    /// Businesses' own Slack webhooks are told whatever the settings say.
    private static func channels(_ settings: AlerterSettings, _ client: HTTPClient) -> [any TellingChannel] {
        var channels: [any TellingChannel] = [
            SlackChannel(
                client: client, url: settings.slackURL, secrets: SecretStore(settings.callbacks.masterKeys),
                allowsPrivate: settings.callbacks.allowsPrivate)
        ]
        if let mail = settings.mail {
            channels.append(MailChannel(client: client, server: mail, from: settings.mailFrom))
        }
        return channels
    }
}
