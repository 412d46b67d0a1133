import APIKit
import Foundation
import HTTPServer
import JSON
import Models
import Testing

@testable import ingest_api

/// The description is true: every route and field is in it, and everything in it is there.
@Suite struct DescriptionTests {
    /// Areas whose routes are there and not described yet.
    private static let missingAreas: [String] = []

    private static func isAwaited(_ route: String) -> Bool {
        missingAreas.contains { route.contains(" " + $0) }
    }

    @Test func everyRouteIsDescribedAndEveryDescribedRouteExists() async throws {
        let document = try Descriptions.document()
        let api = try await RunningAPI.start()
        let routes = Set(api.router.patterns.map { "\($0.method.rawValue) \($0.pattern)" })
        let described = Set(document.operations.map(\.name))
        #expect(routes.subtracting(described).filter { !Self.isAwaited($0) }.sorted() == [], "not described")
        #expect(described.subtracting(routes).sorted() == [], "described, and not there")
        await api.stop()
    }

    @Test func theDescriptionHoldsTogether() throws {
        let findings = DescriptionReview(try Descriptions.document()).findings
        #expect(findings == [], "\(findings.joined(separator: "\n"))")
    }

    /// Asked with a parameter nobody knows, a route names those it knows.
    @Test func theParametersOfARouteAreThoseOfItsDescription() async throws {
        let document = try Descriptions.document()
        let api = try await RunningAPI.start()
        for operation in document.operations where !operation.isPublic {
            let target = Self.target(of: operation) + "?zz_unknown=1"
            let answer = try await api.send(operation.method, target, "{}", authorization: api.bearer)
            let known = answer.known(after: "parameter_unknown", "It has: ") ?? []
            #expect(answer.code == "parameter_unknown", "\(operation.name) answers \(answer.status) \(answer.code)")
            #expect(known == document.queryParameters(of: operation), "parameters of \(operation.name)")
        }
        await api.stop()
    }

    /// Sent with a field nobody knows, a body is refused with those that are known.
    @Test func theFieldsOfABodyAreThoseOfItsDescription() async throws {
        let document = try Descriptions.document()
        let api = try await RunningAPI.start()
        for operation in document.operations where operation.written["requestBody"] != nil {
            for body in document.unknownFieldBodies(of: operation) {
                let target = try await api.realTarget(of: operation, document)
                let answer = try await api.send(operation.method, target, body.text, authorization: api.bearer)
                let known = answer.known(after: "field_unknown", "Known fields: ") ?? []
                #expect(
                    body.expected.contains(known),
                    "\(operation.name) knows \(known.sorted()); \(answer.status) \(answer.code) to \(body.text)")
            }
        }
        await api.stop()
    }

    @Test func everyRouteAsksForAKeyAndForTheScopeThatIsDescribed() async throws {
        let document = try Descriptions.document()
        let api = try await RunningAPI.start()
        let idle = try await api.key(scopes: [])
        for operation in document.operations where !operation.isPublic {
            let target = Self.target(of: operation)
            let nobody = try await api.send(operation.method, target, "{}", authorization: nil)
            #expect(nobody.status == 401, "\(operation.name)")
            let powerless = try await api.send(operation.method, target, "{}", authorization: "Bearer \(idle)")
            #expect(powerless.status == 403 && powerless.code == "scope_missing", "\(operation.name)")
            let scope = try #require(operation.scope, "\(operation.name) names no scope")
            #expect(
                powerless.json["detail"]?.string?.contains("`\(scope.text)`") == true,
                "\(operation.name) is described with the scope \(scope.text): \(powerless.json["detail"]?.string ?? "")")
        }
        await api.stop()
    }

    private static func target(of operation: DescribedOperation) -> String {
        operation.path.split(separator: "/").map {
            $0.hasPrefix("{") ? "/0199aaaa-0000-7000-8000-000000000001" : "/\($0)"
        }.joined()
    }
}

extension Answer {
    var code: String { json["code"]?.string ?? "" }

    /// The names that the problem's detail lists after the words, wherever in the answer it stands.
    fileprivate func known(after code: String, _ words: String) -> Set<String>? {
        guard let detail = json.details(of: code).first, let begin = detail.range(of: words) else { return nil }
        return Set(detail[begin.upperBound...].dropLast().split(separator: ",").map { $0.trimmingPrefix(" ") }.map(String.init))
    }
}

extension JSONValue {
    fileprivate func details(of code: String) -> [String] {
        let own = self["code"]?.string == code ? [self["detail"]?.string].compactMap { $0 } : []
        let inner = (members ?? []).flatMap { $0.value.details(of: code) }
        return own + inner + (elements ?? []).flatMap { $0.details(of: code) }
    }
}
