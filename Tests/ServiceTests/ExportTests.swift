import CSV
import HTTPClient
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import monitor

/// Lists as files: ordered, made in the background, handed out.
@Suite struct ExportTests {
    private static let formulas = ["=1+1", "+39", "-2", "@SUM(A1)", "\tx", "\rx", "plain", "a,\"b\"\r\nc"]

    private func accept(_ references: [String], _ site: Site) async throws {
        let messages = references.map { site.tenants.first.message(reference: $0) }
        _ = try await site.tenants.withAcceptStore { store in
            try await store.accept(AcceptRequest(tenantID: site.tenants.first.id, messages: messages))
        }
    }

    private func order(_ site: Site, _ body: String) async throws -> String {
        let answer = try await site.call(.post, "/v1/exports", body, key: site.tenants.first.key.secret.reveal())
        #expect(answer.status == 202, "\(answer.text)")
        return try #require(answer.json()["id"]?.string)
    }

    private func state(_ site: Site, _ id: String) async throws -> JSONValue {
        try await site.get("/v1/exports/\(id)", nil, key: site.tenants.first.key).json()
    }

    @Test func whatAFormulaCouldBeIsTextInTheFile() async throws {
        let site = try await Site.start()
        try await accept(Self.formulas, site)
        _ = try await site.accept(site.tenants.second.message(reference: "not mine"))
        let cookie = try await site.signIn(site.tenants.first)
        let answer = try await site.file("/dashboard/exports/messages.csv?status=queued", cookie: cookie)
        #expect(answer.header("Content-Type") == "text/csv; charset=utf-8")
        #expect(answer.header("Content-Disposition")?.hasPrefix("attachment; filename=\"messages-") == true)
        let table = try CSVText.rows(answer.body)
        let column = try #require(table.first?.firstIndex(of: "Reference"))
        let found = Set(table.dropFirst().map { $0[column] })
        #expect(found == ["'=1+1", "'+39", "'-2", "'@SUM(A1)", "'\tx", "'\rx", "plain", "a,\"b\"\r\nc"])
        let recipients = try #require(table.first?.firstIndex(of: "Recipient"))
        #expect(Set(table.dropFirst().map { $0[recipients] }) == ["'+393401234567"])
        let audit = try await site.tenants.platform.rows("SELECT 1 FROM audit_log WHERE action = 'export.downloaded'")
        #expect(audit.count == 1)
        await site.stop()
    }

    @Test func aFileIsMadeInTheBackgroundAndHandedOutToItsOwnerOnly() async throws {
        let site = try await Site.start()
        try await accept((0..<30).map { "order-\($0)" }, site)
        let id = try await order(site, #"{"format":"csv","filter":{"status":"queued","minRetries":0}}"#)
        let early = try await site.get("/v1/exports/\(id)/file", nil, key: site.tenants.first.key)
        #expect(early.status == 409)
        #expect(try early.json()["code"]?.string == "export_not_ready")
        // What comes after the order is not in the file.
        try await accept(["too-late"], site)
        #expect(try await site.exportWork.run())
        #expect(try await !site.exportWork.run())
        let export = try await state(site, id)
        #expect(export["state"]?.string == "ready")
        #expect(export["rows"]?.integer == 30)
        #expect(export["percent"]?.integer == 100)
        let taken = try await site.file("/v1/exports/\(id)/file")
        #expect(try CSVText.rows(taken.body).count == 31)
        #expect(try await site.get("/v1/exports/\(id)", nil, key: site.tenants.second.key).status == 404)
        #expect(try await site.get("/v1/exports/\(id)/file", nil, key: site.tenants.second.key).status == 404)
        let cookie = try await site.signIn(site.tenants.first)
        let page = try await site.get("/dashboard/exports", cookie)
        #expect(page.text.contains("/dashboard/exports/\(id)/file"))
        // A day later it is gone, with its file.
        _ = try await site.tenants.platform.execute("UPDATE exports SET expires_at = now() - interval '1 second'")
        _ = try await site.exportWork.run()
        #expect(try await site.get("/v1/exports/\(id)", nil, key: site.tenants.first.key).status == 404)
        #expect(try await site.tenants.platform.rows("SELECT 1 FROM export_parts").isEmpty)
        await site.stop()
    }

    @Test func anExcelFileOfSomeThousandsComesInPiecesAndIsWhole() async throws {
        let site = try await Site.start()
        // Long references that do not compress, so that the file has several pieces.
        var seed = SeededGenerator(seed: 38)
        let references = (0..<8_000).map { _ in (0..<40).map { _ in String(UInt64.random(in: 0 ... .max, using: &seed), radix: 36) }.joined() }
        try await accept(references, site)
        let id = try await order(site, #"{"format":"xlsx"}"#)
        #expect(try await site.exportWork.run())
        let export = try await state(site, id)
        #expect(export["state"]?.string == "ready")
        #expect(export["rows"]?.integer == 8_000)
        let bytes = try await site.file("/v1/exports/\(id)/file").body
        #expect(Int64(bytes.count) == export["bytes"]?.integer)
        #expect(bytes.count > 3 << 20)
        // A zip archive from its first byte to the end of its directory.
        #expect(Array(bytes.prefix(4)) == [0x50, 0x4B, 0x03, 0x04])
        #expect(bytes.suffix(22).starts(with: [0x50, 0x4B, 0x05, 0x06]))
        await site.stop()
    }

    @Test func whoeverIsCutOffIsFollowedBySomebodyWhoBeginsAgain() async throws {
        let site = try await Site.start()
        try await accept((0..<20).map { "order-\($0)" }, site)
        let id = try await order(site, #"{"format":"csv"}"#)
        let store = ExportStore(site.tenants.platform, ids: IDSource())
        let first = try #require(try await store.claim())
        let part = (number: 0, content: Array("half a file".utf8))
        #expect(try await store.progress(of: first, rows: 7, percent: 0, part: part))
        // As long as it lives nobody else takes it.
        #expect(try await store.claim() == nil)
        _ = try await site.tenants.platform.execute("UPDATE exports SET lease_until = now() - interval '1 second'")
        #expect(try await site.exportWork.run())
        // The one that was thought dead comes back and may write nothing more.
        #expect(try await !store.progress(of: first, rows: 8, percent: 0, part: (number: 1, content: [0])))
        try await store.end(first, as: .failed)
        #expect(try await state(site, id)["state"]?.string == "ready")
        let taken = try await site.file("/v1/exports/\(id)/file")
        #expect(try CSVText.rows(taken.body).count == 21)
        await site.stop()
    }

    @Test func noMoreThanAFewAreMadeAtATimeAndNonsenseIsRefused() async throws {
        let site = try await Site.start()
        for _ in 0..<ExportStore.openMax { _ = try await order(site, #"{"format":"csv"}"#) }
        let key = site.tenants.first.key.secret.reveal()
        let more = try await site.call(.post, "/v1/exports", #"{"format":"csv"}"#, key: key)
        #expect(more.status == 429)
        #expect(try more.json()["code"]?.string == "too_many_exports")
        for body in [#"{}"#, #"{"format":"pdf"}"#, #"{"format":"csv","filter":{"color":"red"}}"#] {
            #expect(try await site.call(.post, "/v1/exports", body, key: key).status == 422, "\(body)")
        }
        let status = #"{"format":"csv","filter":{"status":"happy"}}"#
        #expect(try await site.call(.post, "/v1/exports", status, key: key).status == 400)
        // With a session only from a page of ours.
        let cookie = try await site.signIn(site.tenants.first)
        #expect(try await site.call(.post, "/v1/exports", #"{"format":"csv"}"#, cookie: cookie).status == 403)
        await site.stop()
    }
}
