import APIKit
import HTTPServer
import Testing

@testable import monitor

/// Monitor's routes for programs, against its description. Pages for people are not described.
@Suite struct MonitorDescriptionTests {
    /// Routes that are there and not described yet.
    private static let missingAreas: [String] = []

    @Test func everyRouteForProgramsIsDescribedAndEveryDescribedRouteExists() async throws {
        let document = try Descriptions.document()
        let site = try await Site.start()
        let routes = Set(
            site.router.patterns.filter { $0.pattern.hasPrefix("/v1/") || $0.pattern.hasPrefix("/api/") }
                .map { "\($0.method.rawValue) \($0.pattern)" })
        let all = document.operations.filter { $0.path.hasPrefix("/v1/") || $0.path.hasPrefix("/api/") }
        let described = Set(all.map(\.name))
        let awaited = routes.subtracting(described).filter { route in
            !Self.missingAreas.contains { route.contains(" " + $0) }
        }
        #expect(awaited.sorted() == [], "not described")
        #expect(described.subtracting(routes).sorted() == [], "described, and not there")
        await site.stop()
    }

    @Test func theDescriptionHoldsTogether() throws {
        let findings = DescriptionReview(try Descriptions.document()).findings
        #expect(findings == [], "\(findings.joined(separator: "\n"))")
    }

    @Test func nothingDescribedAnswersWithoutAKeyOrASession() async throws {
        let site = try await Site.start()
        for operation in try Descriptions.document().operations where !operation.isPublic {
            let target = operation.path.split(separator: "/").map {
                $0.hasPrefix("{") ? "/0199aaaa-0000-7000-8000-000000000001" : "/\($0)"
            }.joined()
            let request = try #require(Request(operation.method, target, body: Array("{}".utf8)))
            let response = await site.router.respond(to: request)
            #expect(response.status == 401, "\(operation.name) answers \(response.status)")
        }
        await site.stop()
    }
}
