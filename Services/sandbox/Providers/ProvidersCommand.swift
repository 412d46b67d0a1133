import Glibc
import HTTPClient
import HTTPServer
import Runtime
import ServiceKit
import Synchronization

/// `sandbox providers`: stands in for Meta, Twilio, Slack and a mail server.
enum ProvidersCommand {
    static func run(_ words: [String]) async -> Never {
        do {
            let providers = Providers(try ProvidersSettings(SettingsReader()))
            await ServiceRunner.runToExit(parts: providers.parts, drainMax: .seconds(5))
        } catch {
            Log.error("the stand-ins cannot start", ["reason": "\(error)"])
            exit(2)
        }
    }
}

/// The wiring of the stand-ins: nothing but who knows whom.
struct Providers: Sendable {
    let parts: [any Part]
    let http: ProvidersHTTP
    let mail: MailServer

    init(_ settings: ProvidersSettings) {
        let inbox = Inbox()
        let standIn = MetaStandIn(settings)
        for number in DemoTenant.numbers {
            _ = standIn.teach(
                phoneNumberID: number.id, accountID: number.account,
                displayPhoneNumber: number.display.filter(\.isNumber))
        }
        let client = HTTPClient(Self.clientSettings)
        let poster = WebhookPoster(settings, client: client)
        let letGo = StopFlag()
        let graph = GraphRoutes(settings: settings, standIn: standIn, poster: poster, letGo: letGo)
        let callbacks = TwilioCallbacks(settings, client: client)
        let twilio = TwilioStandIn(settings, meta: standIn)
        var router = Router()
        TwilioRoutes(settings: settings, standIn: twilio, callbacks: callbacks, letGo: letGo).add(to: &router)
        graph.add(to: &router)
        OracleRoutes(
            standIn: standIn, twilio: twilio, callbacks: callbacks, poster: poster, inbox: inbox, graph: graph
        ).add(to: &router)
        InboxRoutes(inbox: inbox).add(to: &router)
        SlackRoutes(inbox: inbox).add(to: &router)
        CallbackSinks().add(to: &router)
        router.on(.get, "/") { _ in .html(200, InboxPage.about(Self.summary(settings))) }
        http = ProvidersHTTP(settings, router: router)
        mail = MailServer(address: settings.listenAddress, port: settings.smtpPort, inbox: inbox)
        parts = [
            SimplePart("webhook client", start: { try client.start() }, stop: { _ in await client.stop() }),
            poster,
            callbacks,
            mail,
            http,
            // Stopped first, so that nobody hangs when the server drains.
            SimplePart("patience", stop: { _ in letGo.set() }),
        ]
    }

    private static var clientSettings: HTTPClientSettings {
        var client = HTTPClientSettings()
        client.connectionsMax = ProvidersSettings.postsInFlightMax
        client.connectionsPerHostMax = ProvidersSettings.postsInFlightMax
        client.connectTimeout = .seconds(2)
        return client
    }

    private static func summary(_ settings: ProvidersSettings) -> String {
        let limit =
            settings.enforcesLimits
            ? "\(settings.messagesPerSecond) messages a second per number" : "no limits"
        return "Webhooks go to \(settings.webhookURL), at most \(settings.batchMax) statuses each; \(limit)."
    }
}

/// The stand-ins' HTTP server, with the probes every process has.
final class ProvidersHTTP: Part {
    /// A media upload; Meta takes documents up to 100 MB.
    static let bodyBytesMax = 20 << 20

    let name = "http"
    private let server: HTTPServer
    private let address: String
    private let listening = Mutex(0)

    init(_ settings: ProvidersSettings, router own: Router) {
        var server = HTTPServerSettings(address: settings.listenAddress, port: settings.listenPort)
        server.bodyBytesMax = Self.bodyBytesMax
        // Every caller is on this machine.
        server.connectionsPerAddressMax = 0
        address = settings.listenAddress
        var router = own
        router.on(.get, "/healthz") { _ in .text(200, "ok\n") }
        router.on(.get, "/readyz") { _ in .json(200, Array(#"{"ready":true,"failing":[]}"#.utf8)) }
        router.on(.get, "/metrics") { _ in
            .bytes(
                contentType: "text/plain; version=0.0.4; charset=utf-8",
                Array(MetricsRegistry.shared.render().utf8)
            )
        }
        self.server = HTTPServer(
            server,
            router: router,
            onError: { error, request in
                Log.error("a request failed", ["path": request.path, "reason": "\(error)"])
            }
        )
    }

    /// Known once started.
    var port: Int { listening.withLock { $0 } }

    func start() async throws {
        let port = try await server.start()
        listening.withLock { $0 = port }
        Log.info("listening", ["address": "\(address):\(port)"])
    }

    func stop(within limit: Duration) async {
        await server.drain(within: min(limit, .seconds(2)))
    }
}
