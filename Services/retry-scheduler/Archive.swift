import Crypto
import Foundation
import HTTPClient
import Models
import Runtime

/// Where data that are removed by age are kept for good: files by name, written once, the same name the same content.
protocol Archive: Sendable {
    /// For people: a folder or an address, without secrets.
    var place: String { get }
    func put(_ name: String, _ bytes: [UInt8]) async throws
}

struct ArchiveFailure: Error, Sendable, CustomStringConvertible {
    let description: String
}

/// A folder of this machine, or one that is mounted.
struct FolderArchive: Archive {
    let place: String

    /// A file is there whole or not at all.
    func put(_ name: String, _ bytes: [UInt8]) async throws {
        let target = URL(fileURLWithPath: place).appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let partial = target.appendingPathExtension("partial")
        try Data(bytes).write(to: partial)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: partial.path)
        let handle = try FileHandle(forWritingTo: partial)
        try handle.synchronize()
        try handle.close()
        guard rename(partial.path, target.path) == 0 else {
            throw ArchiveFailure(description: "a file of the archive could not be put in its place")
        }
    }
}

/// Any store that speaks S3: AWS, MinIO, Ceph, R2. Path-style addresses; signature version 4.
struct S3Archive: Archive {
    private static let timeout = Duration.seconds(60)

    /// https://s3.eu-south-1.amazonaws.com/bucket/prefix
    let place: String
    let region: String
    let keyID: String
    let secret: Secret
    let client: HTTPClient

    func put(_ name: String, _ bytes: [UInt8]) async throws {
        let url = "\(place)/\(name)"
        let headers = try S3Signature.headers(
            method: "PUT", url: url, body: bytes, region: region, keyID: keyID, secret: secret, now: SystemClock.now())
        let response: ClientResponse
        do {
            response = try await client.send(
                ClientRequest(method: "PUT", url: url, headers: headers, body: bytes, timeout: Self.timeout))
        } catch {
            throw ArchiveFailure(description: "the archive was not reached: \(error.kind)")
        }
        guard (200...299).contains(response.status) else {
            throw ArchiveFailure(description: "the archive answered \(response.status)")
        }
    }
}

/// AWS Signature Version 4, for one whole body.
enum S3Signature {
    static func headers(
        method: String, url: String, body: [UInt8], region: String, keyID: String, secret: Secret, now: Timestamp
    ) throws -> [(String, String)] {
        guard let parts = URLComponents(string: url), let host = parts.host else {
            throw ArchiveFailure(description: "the archive's address cannot be read")
        }
        let authority = parts.port.map { "\(host):\($0)" } ?? host
        // 20270131T093000Z
        let time = now.rfc3339.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
        let day = String(time.prefix(8))
        let hash = SHA256.hex(body)
        let signed = "host;x-amz-content-sha256;x-amz-date"
        let canonical = [
            method, parts.percentEncodedPath, "", "host:\(authority)", "x-amz-content-sha256:\(hash)", "x-amz-date:\(time)",
            "", signed, hash,
        ].joined(separator: "\n")
        let scope = "\(day)/\(region)/s3/aws4_request"
        let text = ["AWS4-HMAC-SHA256", time, scope, SHA256.hex(canonical)].joined(separator: "\n")
        var key = Array("AWS4\(secret.reveal())".utf8)
        for part in [day, region, "s3", "aws4_request"] {
            key = HMACSHA256.authenticate(key: key, message: Array(part.utf8))
        }
        let signature = Hexadecimal.encode(HMACSHA256.authenticate(key: key, message: Array(text.utf8)))
        return [
            ("x-amz-date", time),
            ("x-amz-content-sha256", hash),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=\(keyID)/\(scope), SignedHeaders=\(signed), Signature=\(signature)"
            ),
            ("Content-Type", "application/gzip"),
        ]
    }
}
