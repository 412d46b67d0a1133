import APIKit
import HTTPServer
import Models
import Runtime

/// The address at which clocks outside expect the sweep of failed messages. retry-scheduler does it, one at a time.
struct CronRoutes: Sendable {
    static let path = "/api/cron/whatsapp-retry"
    /// A sweep looks at 100,000 messages at most.
    static let timeout = Duration.seconds(55)

    private let secret: CronSecret
    private let scheduler: OtherService

    init(_ site: SiteParts) {
        secret = CronSecret(site.settings.cronSecret)
        scheduler = site.scheduler
    }

    func addRoutes(to router: inout Router) {
        router.on(.post, Self.path, run)
        router.on(.get, Self.path) { _ in throw Problem.cronByPost }
    }

    private func run(_ request: Request) async throws -> Response {
        let secret = try secret.require(request)
        let answer = try await scheduler.call(
            .post, "/v1/retries/run", headers: [("Authorization", "Bearer \(secret.reveal())")], timeout: Self.timeout,
            silence: .sweepUnanswered)
        return LogJSON.noStore(.json(answer.status, answer.bytes))
    }
}

extension Problem {
    /// What changes something is never a GET: browsers, caches and link checkers follow those.
    fileprivate static var cronByPost: Problem {
        var problem = Problem(
            status: 405,
            code: "method_not_allowed",
            title: "Method not allowed",
            detail: "Send POST with `Authorization: Bearer <CRON_SECRET>`: sending messages again is no reading."
        )
        problem.headers = [("Allow", "POST")]
        return problem
    }

    fileprivate static let sweepUnanswered = Problem(
        status: 503,
        code: "sweep_unanswered",
        title: "No answer yet",
        detail: "retry-scheduler did not answer in time. The sweep may be running; ask again in a moment.",
        retryAfter: .seconds(30)
    )
}
