package import HTTPServer
package import Postgres
package import Runtime
internal import JSON
internal import Synchronization

/// What must hold before a service says it is ready; each answers nil or the reason it is not.
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
                _ = try await database.rows("SELECT 1")
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
    private let isStopping = Atomic(false)
    private let listenAddress: String

    package init(
        _ common: CommonSettings, router own: Router, readiness: ReadinessChecks, bodyBytesMax: Int = 1 << 20,
        loops: Int = 1
    ) {
        var settings = HTTPServerSettings()
        settings.address = common.listenAddress
        settings.port = common.listenPort
        settings.bodyBytesMax = bodyBytesMax
        settings.loops = loops
        listenAddress = common.listenAddress
        var router = own
        let stopping = StoppingFlag()
        Self.addProbes(to: &router, readiness: readiness, stopping: stopping)
        self.stopping = stopping
        server = HTTPServer(
            settings, router: router,
            onError: { request, error in
                Log.error(
                    "a request failed", ["path": request.path, "request_id": request.id, "reason": "\(error)"])
            },
            onAccess: AccessMetrics().record)
    }

    private let stopping: StoppingFlag

    package func start() async throws {
        let port = try await server.start()
        Log.info("listening", ["address": "\(listenAddress):\(port)"])
    }

    package func stop(within limit: Duration) async {
        stopping.set()
        await server.drain(within: limit)
    }

    private static func addProbes(to router: inout Router, readiness: ReadinessChecks, stopping: StoppingFlag) {
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
            var response = Response.text(200, MetricsRegistry.shared.render())
            response.headers = [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")]
            return response
        }
    }
}

final class StoppingFlag: Sendable {
    private let flag = Atomic(false)
    var isSet: Bool { flag.load(ordering: .relaxed) }
    func set() { flag.store(true, ordering: .relaxed) }
}

/// Requests by route and status class: the pattern, never the path, so that the series stay few.
final class AccessMetrics: Sendable {
    private struct Series: Sendable {
        let requests: Counter
        let seconds: Histogram
    }

    private let series = Mutex<[String: Series]>([:])

    @Sendable func record(method: String, route: String, status: Int, seconds: Double) {
        let key = "\(method) \(route) \(status)"
        let known = series.withLock { series in
            if let known = series[key] { return known }
            let labels = [("method", method), ("route", route), ("status", "\(status)")]
            let made = Series(
                requests: MetricsRegistry.shared.counter(
                    "tidings_http_requests_total", help: "HTTP requests answered.", labels: labels),
                seconds: MetricsRegistry.shared.histogram(
                    "tidings_http_request_seconds", help: "Time to answer HTTP requests.",
                    labels: [("method", method), ("route", route)]))
            series[key] = made
            return made
        }
        known.requests.increment()
        known.seconds.observe(seconds: seconds)
    }
}
