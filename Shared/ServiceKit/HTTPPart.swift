package import HTTPServer
internal import JSON
package import Postgres
internal import Runtime
internal import Synchronization

/// What must hold before a service says it is ready; each check answers nil or the reason it does not hold.
package struct ReadinessChecks: Sendable {
    package typealias Check = @Sendable () async -> String?
    private var checks: [(name: String, check: Check)] = []

    package init() {}

    package mutating func add(_ name: String, _ check: @escaping Check) {
        checks.append((name, check))
    }

    package mutating func add(_ name: String, _ database: Database) {
        add(name) {
            do {
                try await database.ping()
                return nil
            } catch {
                return "no answer"
            }
        }
    }

    func failures() async -> [(name: String, reason: String)] {
        var failures: [(String, String)] = []
        for (name, check) in checks {
            if let reason = await check() { failures.append((name, reason)) }
        }
        return failures
    }
}

/// The service's HTTP side: its own routes, and the probes and metrics that every service has.
package final class HTTPPart: Part {
    package let name = "http"
    private let server: HTTPServer
    private let address: String
    private let stopping = StopFlag()

    package init(
        _ common: CommonSettings, router own: Router, readiness: ReadinessChecks, bodyBytesMax: Int = 1 << 20,
        loops: Int = 1
    ) {
        var settings = HTTPServerSettings(address: common.listenAddress, port: common.listenPort)
        settings.bodyBytesMax = bodyBytesMax
        settings.loops = loops
        address = common.listenAddress
        var router = own
        Self.addProbes(to: &router, readiness: readiness, stopping: stopping)
        router.surround(RequestTracing.surround)
        let metrics = AccessMetrics()
        server = HTTPServer(
            settings, router: router,
            onError: { error, request in
                Log.error(
                    "a request failed", ["path": request.path, "request_id": request.id, "reason": "\(error)"])
            },
            onAccess: { metrics.record($0) })
    }

    package func start() async throws {
        let port = try await server.start()
        Log.info("listening", ["address": "\(address):\(port)"])
    }

    package func stop(within limit: Duration) async {
        stopping.set()
        await server.drain(within: limit)
    }

    private static func addProbes(to router: inout Router, readiness: ReadinessChecks, stopping: StopFlag) {
        router.on(.get, "/healthz") { _ in .text(200, "ok\n") }
        router.on(.get, "/readyz") { _ in
            var failures = await readiness.failures()
            if stopping.isSet { failures.append(("service", "stopping")) }
            var writer = JSONWriter()
            writer.object { writer in
                writer.field("ready", failures.isEmpty)
                writer.key("failing")
                writer.array { writer in
                    for failure in failures {
                        writer.object { writer in
                            writer.field("check", failure.name)
                            writer.field("reason", failure.reason)
                        }
                    }
                }
            }
            return .json(failures.isEmpty ? 200 : 503, writer.bytes)
        }
        router.on(.get, "/metrics") { _ in
            .bytes(
                contentType: "text/plain; version=0.0.4; charset=utf-8", Array(MetricsRegistry.shared.render().utf8))
        }
    }
}

/// Requests by route and status: the pattern, never the path, so that the series stay few.
final class AccessMetrics: Sendable {
    private struct Key: Hashable {
        let method: HTTPMethod?
        let route: String
        let status: Int
    }

    private struct Series: Sendable {
        let requests: Counter
        let seconds: Histogram
    }

    private let series = Mutex<[Key: Series]>([:])

    func record(_ access: Access) {
        let key = Key(method: access.method, route: access.route, status: access.status)
        let known = series.withLock { series in
            if let known = series[key] { return known }
            let made = Self.makeSeries(key)
            series[key] = made
            return made
        }
        known.requests.increment()
        known.seconds.observe(seconds: access.seconds)
    }

    private static func makeSeries(_ key: Key) -> Series {
        let labels = [("method", key.method?.rawValue ?? "none"), ("route", key.route)]
        return Series(
            requests: MetricsRegistry.shared.counter(
                "tidings_http_requests_total", help: "HTTP requests answered.",
                labels: labels + [("status", "\(key.status)")]),
            seconds: MetricsRegistry.shared.histogram(
                "tidings_http_request_seconds", help: "Time to answer HTTP requests.",
                labels: labels + [("status_class", "\(key.status / 100)xx")]))
    }
}
