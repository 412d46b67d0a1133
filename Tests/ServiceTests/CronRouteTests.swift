import HTTPServer
import JSON
import Runtime
import Storage
import Synchronization
import TestSupport
import Testing

@testable import monitor

/// What a clock outside asks of monitor, retry-scheduler does.
@Suite struct CronRouteTests {
    private static let path = "/api/cron/whatsapp-retry"

    /// As retry-scheduler answers.
    private final class Scheduler: Sendable {
        let asked = Mutex<[String]>([])
        private let server: Mutex<HTTPServer?> = Mutex(nil)

        func start(_ response: @escaping @Sendable () throws -> Response) async throws -> String {
            var router = Router()
            router.on(.post, "/v1/retries/run") { request in
                self.asked.withLock { $0.append(request.header("Authorization") ?? "") }
                return try response()
            }
            let server = HTTPServer(HTTPServerSettings(), router: router)
            let port = try await server.start()
            self.server.withLock { $0 = server }
            return "http://127.0.0.1:\(port)"
        }

        func stop() async { await server.withLock { $0 }?.drain(within: .seconds(1)) }
    }

    @Test func onlyTheWholeSecretStartsASweep() async throws {
        let scheduler = Scheduler()
        let url = try await scheduler.start { .json(200, Array(#"{"retried":3}"#.utf8)) }
        let site = try await Site.start(environment: ["RETRY_SCHEDULER_URL": url])
        for key in [nil, "", "wrong", Site.cronSecret + "x", try await site.adminKey(), site.tenants.first.key.secret.reveal()] {
            let answer = try await site.call(.post, Self.path, key: key)
            #expect(answer.status == 401)
            #expect(try answer.json()["code"]?.string == "cron_secret_invalid")
        }
        #expect(scheduler.asked.withLock { $0 } == [])
        let answer = try await site.call(.post, Self.path, key: Site.cronSecret)
        #expect(answer.status == 200)
        #expect(try answer.json()["retried"]?.integer == 3)
        #expect(scheduler.asked.withLock { $0 } == ["Bearer \(Site.cronSecret)"])
        await site.stop()
        await scheduler.stop()
    }

    @Test func withoutASecretNobodyMayAsk() async throws {
        let site = try await Site.start(environment: ["CRON_SECRET": ""])
        let answer = try await site.call(.post, Self.path, key: Site.cronSecret)
        #expect(answer.status == 403)
        #expect(try answer.json()["code"]?.string == "cron_secret_not_set")
        await site.stop()
    }

    @Test func aSweepThatRunsIsSaidAndOneThatIsNotAnsweredToo() async throws {
        let scheduler = Scheduler()
        let url = try await scheduler.start {
            throw Problem(
                status: 409, code: "sweep_running", title: "A sweep is running", detail: "Later.", retryAfter: .seconds(10))
        }
        let site = try await Site.start(environment: ["RETRY_SCHEDULER_URL": url])
        let answer = try await site.call(.post, Self.path, key: Site.cronSecret)
        #expect(answer.status == 409)
        #expect(answer.response.header("Retry-After") == "10")
        await scheduler.stop()
        let silence = try await site.call(.post, Self.path, key: Site.cronSecret)
        #expect(silence.status == 503)
        #expect(try silence.json()["code"]?.string == "sweep_unanswered")
        await site.stop()
    }

    @Test func aClockThatSendsGetIsToldWhatToSend() async throws {
        let site = try await Site.start()
        let answer = try await site.call(.get, Self.path, key: Site.cronSecret)
        #expect(answer.status == 405)
        #expect(answer.response.header("Allow") == "POST")
        #expect(try answer.json()["detail"]?.string?.contains("POST") == true)
        await site.stop()
    }
}
