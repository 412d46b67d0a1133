import APIKit
import HTTPServer
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

@Suite struct RequestLimitTests {
    private let key = APIKeyID(IDSource().uuid())
    private let start = Timestamp(microseconds: 1_700_000_000_000_000)

    @Test func aKeyHasASecondsWorthAndThenOneByOne() {
        let limits = RequestLimits()
        for left in [2, 1, 0] {
            let standing = limits.take(key, perSecond: 3, at: start)
            #expect(standing.wait == nil)
            #expect(standing.remaining == left)
            #expect(standing.resetSeconds == 1)
        }
        let refused = limits.take(key, perSecond: 3, at: start)
        #expect(refused.wait.map { $0 > .zero && $0 <= .milliseconds(334) } == true)
        #expect(refused.remaining == 0)
        #expect(limits.take(key, perSecond: 3, at: start + .milliseconds(334)).wait == nil)
        #expect(limits.take(key, perSecond: 3, at: start + .milliseconds(335)).wait != nil)
        #expect(limits.take(key, perSecond: 3, at: start + .seconds(10)).remaining == 2)
        #expect(limits.take(APIKeyID(IDSource().uuid()), perSecond: 3, at: start).wait == nil, "another key")
    }

    /// Over any stretch of time no more pass than the rate allows and one second's worth before it.
    @Test(arguments: [1, 7, 100])
    func noMorePassThanTheRateAllows(perSecond: Int) {
        let limits = RequestLimits()
        var passed = 0
        for step in 0..<5_000 where limits.take(key, perSecond: perSecond, at: start + .milliseconds(step)).wait == nil {
            passed += 1
        }
        #expect(passed <= perSecond * 6)
        #expect(passed >= perSecond * 5)
    }

    @Test func everyAnswerSaysHowOftenTheKeyMayStillAsk() async throws {
        let api = try await RunningAPI.start()
        let answer = try await api.get("/v1/messages/0199aaaa-0000-7000-8000-000000000001")
        #expect(answer.status == 404)
        #expect(answer.response.header("ratelimit-limit") == "\(IngestSettings.requestsPerSecondStandard)")
        #expect(answer.response.header("ratelimit-remaining") == "\(IngestSettings.requestsPerSecondStandard - 1)")
        #expect(answer.response.header("ratelimit-policy") == "\(IngestSettings.requestsPerSecondStandard);w=1")
        await api.stop()
    }

    @Test func thePlanSaysHowOftenAKeyMayAsk() async throws {
        let api = try await RunningAPI.start()
        _ = try await api.tenants.platform.execute(
            "INSERT INTO plans (name, title, requests_per_second) VALUES ('small', 'Small', 1)")
        _ = try await api.tenants.platform.execute("UPDATE tenants SET plan = 'small' WHERE id = \(api.tenants.first.id)")
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<20 { group.addTask { try await api.get("/v1/limits") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let refused = try #require(answers.first { $0.status == 429 })
        #expect(refused.code == "rate_limited")
        #expect(refused.response.header("retry-after") == "1")
        #expect(refused.response.header("ratelimit-remaining") == "0")
        #expect(answers.contains { $0.status == 200 })
        #expect(try await api.get("/v1/limits", as: api.tenants.second).status == 200, "another business's key")
        await api.stop()
    }
}
