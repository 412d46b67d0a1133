import Compression
import Foundation
import HTTPClient
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import Synchronization
import TestSupport
import Testing

@testable import retry_scheduler

/// Archiving and removing as retry-scheduler does it, to a real folder and over real HTTP.
@Suite struct RetentionTurnTests {
    @Test func whatIsArchivedIsRemovedAfterwardsAndWhatCannotBeArchivedStays() async throws {
        let tenants = try await TwoTenants.make()
        let day = try await Self.oldMessages(3, of: tenants.first, in: tenants)
        _ = try await tenants.platform.execute(
            "UPDATE tenants SET retention_days = 30, is_archived = true WHERE id = \(tenants.first.id)")
        func turn(_ archive: (any Archive)?) -> RetentionTurn {
            RetentionTurn(
                store: RetentionStore(tenants.platform, ids: IDSource()), archive: archive, daysMax: nil,
                isStopping: { false })
        }
        _ = try await turn(nil).run()
        #expect(try await Self.messages(in: tenants) == 3)

        let folder = NSTemporaryDirectory() + "tidings-archive-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try await turn(FolderArchive(place: folder)).run()
        #expect(try await Self.messages(in: tenants) == 0)
        let name = "\(tenants.first.id)/\(String(day.rfc3339.prefix(10)))/messages-0001.jsonl.gz"
        let packed = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
        let text = String(decoding: try Gzip.decompress(Array(packed), bytesMax: 1 << 20), as: UTF8.self)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 3)
        let first = try JSONDocument(parsing: Array(#require(lines.first).utf8)).root
        #expect(first["message"]?["recipient"]?.string == "+393401234567")
        #expect(first["message"]?["content"]?["body"]?.string == "Hello")
        #expect(first["state"]?["state"]?.integer == 1)
        #expect(first["events"]?.elements?.map { $0["type"]?.string } == ["accepted"])
        let noted = try await tenants.platform.rows(
            "SELECT archive, archive_files, messages FROM retention_days WHERE archived_at IS NOT NULL AND archive_files > 0")
        #expect(try noted.map { try $0.value(0, as: String.self) } == [folder])
        #expect(try noted.map { try $0.value(2, as: Int64.self) } == [3])
        await tenants.stop()
    }

    @Test func anArchiveThatRefusesKeepsTheDataHere() async throws {
        let tenants = try await TwoTenants.make()
        _ = try await Self.oldMessages(2, of: tenants.first, in: tenants)
        _ = try await tenants.platform.execute(
            "UPDATE tenants SET retention_days = 30, is_archived = true WHERE id = \(tenants.first.id)")
        let bucket = try await Bucket.start(refusing: 1)
        let archive = S3Archive(
            place: "\(bucket.url)/bucket", region: "eu-south-1", keyID: "key", secret: Secret("secret"), client: bucket.client)
        let turn = RetentionTurn(
            store: RetentionStore(tenants.platform, ids: IDSource()), archive: archive, daysMax: nil, isStopping: { false })
        _ = try await turn.run()
        #expect(try await Self.messages(in: tenants) == 2)
        _ = try await turn.run()
        #expect(try await Self.messages(in: tenants) == 0)
        let kept = bucket.files
        #expect(kept.count == 1)
        let (path, body) = try #require(kept.first)
        #expect(path.hasPrefix("/bucket/\(tenants.first.id)/") && path.hasSuffix("/messages-0001.jsonl.gz"))
        #expect(try Gzip.decompress(body, bytesMax: 1 << 20).count { $0 == UInt8(ascii: "\n") } == 2)
        await bucket.stop()
        await tenants.stop()
    }

    /// Reckoned by another program from AWS's description of version 4.
    @Test func aRequestToTheStoreIsSignedAsAWSSays() throws {
        let now = try #require(Timestamp(rfc3339: "2027-01-31T09:30:00Z"))
        let headers = try S3Signature.headers(
            method: "PUT", url: "https://s3.example.com:9000/bucket/prefix/a/2027-01-31/messages-0001.jsonl.gz",
            body: Array("hello".utf8), region: "eu-south-1", keyID: "AKIDEXAMPLE",
            secret: Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), now: now)
        let signature = "8f3477066d2f628535617aa4d8bba12eb992bfe8e663a0e116638313b176bd7d"
        #expect(headers.first { $0.0 == "Authorization" }?.1.hasSuffix("Signature=\(signature)") == true)
        #expect(headers.first { $0.0 == "x-amz-date" }?.1 == "20270131T093000Z")
    }

    @Test(arguments: [0, 1, 1_000, 300_000]) func whatIsPackedUnpacksToTheSame(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let packed = try Gzip.compress(bytes)
        #expect(try Gzip.decompress(packed, bytesMax: count) == bytes)
        #expect(packed.prefix(2) == [0x1F, 0x8B])
        if count > 0 {
            #expect(throws: Gzip.Failure.tooLarge) { try Gzip.decompress(packed, bytesMax: count - 1) }
            #expect(throws: Gzip.Failure.self) { try Gzip.decompress(Array(packed.dropLast(9)), bytesMax: count) }
        }
    }

    @Test(arguments: [
        ("file:///var/archive", true), ("s3://bucket", false), ("https://s3.example.com/bucket", false), ("file://x", false),
    ])
    func anArchiveThatCannotBeUsedIsNamedAtTheStart(url: String, isUsable: Bool) {
        let reader = SettingsReader(environment: ["ARCHIVE_URL": url])
        _ = ArchiveSettings(reader)
        if isUsable {
            #expect(throws: Never.self) { try reader.finish() }
        } else {
            #expect(throws: SettingsError.self) { try reader.finish() }
        }
    }

    /// Settled messages of a day forty days ago.
    private static func oldMessages(_ count: Int, of tenant: TestTenant, in tenants: TwoTenants) async throws -> Timestamp {
        let length = TenantDay.length.microseconds
        let day = Timestamp(microseconds: (SystemClock.now().microseconds / length - 40) * length)
        _ = try await tenants.platform.rows("SELECT create_day_partitions((\(day) AT TIME ZONE 'UTC')::date, 1)")
        let ids = IDSource()
        let messages = (0..<count).map { _ in tenant.message(id: MessageID(ids.uuid(at: day + .seconds(60)))) }
        _ = try await tenants.withAcceptStore { store in
            try await store.accept(AcceptRequest(tenantID: tenant.id, messages: messages))
        }
        _ = try await tenants.platform.execute("DELETE FROM due_messages")
        return day
    }

    private static func messages(in tenants: TwoTenants) async throws -> Int {
        try await tenants.platform.rows("SELECT count(*) FROM messages").first?.value(0, as: Int.self) ?? -1
    }
}

/// A store that takes files, after refusing some.
private final class Bucket: Sendable {
    private struct State {
        var refusals: Int
        var files: [(String, [UInt8])] = []
    }

    private final class Kept: Sendable {
        let state: Mutex<State>
        init(_ refusals: Int) { state = Mutex(State(refusals: refusals)) }
    }

    let client = HTTPClient()
    let url: String
    private let kept: Kept
    private let server: HTTPServer

    private init(_ kept: Kept, _ server: HTTPServer, port: Int) {
        self.kept = kept
        self.server = server
        url = "http://127.0.0.1:\(port)"
    }

    static func start(refusing refusals: Int) async throws -> Bucket {
        let kept = Kept(refusals)
        var router = Router()
        router.on(.put, "/{path...}") { request in
            let isSigned = request.header("Authorization")?.hasPrefix("AWS4-HMAC-SHA256 Credential=key/") ?? false
            return kept.state.withLock { state in
                if state.refusals > 0 {
                    state.refusals -= 1
                    return .empty(503)
                }
                guard isSigned else { return .empty(403) }
                state.files.append((request.path, request.body))
                return .empty(200)
            }
        }
        let server = HTTPServer(HTTPServerSettings(), router: router)
        let bucket = Bucket(kept, server, port: try await server.start())
        try bucket.client.start()
        return bucket
    }

    var files: [(String, [UInt8])] { kept.state.withLock { $0.files } }

    func stop() async {
        await client.stop()
        await server.drain(within: .seconds(1))
    }
}
