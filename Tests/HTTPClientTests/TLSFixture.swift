import Clibssl
import Foundation

/// The server's side of TLS, with a certificate for 127.0.0.1 that nobody but the test trusts.
// Safety: an SSL_CTX counts its references atomically and is not changed after `init`.
final class TLSIdentity: @unchecked Sendable {
    let certificatesFile: String
    private let directory: URL
    private let context: OpaquePointer

    /// Offers the one protocol given ("h2" or "http/1.1").
    init(speaking name: String) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let (certificate, key) = (
            directory.appending(path: "c.pem").path, directory.appending(path: "k.pem").path
        )
        let make = Process()
        make.executableURL = URL(filePath: "/usr/bin/openssl")
        make.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2",
            "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
            certificate,
        ]
        make.standardError = FileHandle.nullDevice
        try make.run()
        make.waitUntilExit()
        certificatesFile = certificate
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw ServerProblem() }
        self.context = context
        guard SSL_CTX_use_certificate_file(context, certificate, SSL_FILETYPE_PEM) == 1,
            SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1
        else { throw ServerProblem() }
        let select:
            @convention(c) (
                OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
                UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
            ) -> Int32 = { _, chosen, length, offered, offeredLength, wanted in
                // The client's list: a length byte before each name.
                guard let chosen, let length, let offered, let wanted else { return SSL_TLSEXT_ERR_NOACK }
                let name = wanted.assumingMemoryBound(to: CChar.self)
                var index = 0
                while index < Int(offeredLength) {
                    let size = Int(offered[index])
                    if size == strlen(name), memcmp(offered + index + 1, name, size) == 0 {
                        chosen.pointee = offered + index + 1
                        length.pointee = UInt8(size)
                        return SSL_TLSEXT_ERR_OK
                    }
                    index += 1 + size
                }
                return SSL_TLSEXT_ERR_NOACK
            }
        // Two words for the life of the test run.
        SSL_CTX_set_alpn_select_cb(context, select, strdup(name))
    }

    deinit {
        SSL_CTX_free(context)
        try? FileManager.default.removeItem(at: directory)
    }

    func accept(_ descriptor: Int32) -> TLSSession? {
        guard let session = SSL_new(context) else { return nil }
        SSL_set_fd(session, descriptor)
        guard SSL_accept(session) == 1 else {
            SSL_free(session)
            return nil
        }
        return TLSSession(session)
    }
}

// Safety: used by the connection's one thread only.
final class TLSSession: @unchecked Sendable {
    private let session: OpaquePointer

    init(_ session: OpaquePointer) { self.session = session }

    deinit { SSL_free(session) }

    func read(_ buffer: inout [UInt8]) -> Int { Int(SSL_read(session, &buffer, Int32(buffer.count))) }

    func write(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.withUnsafeBytes { Int(SSL_write(session, $0.baseAddress, Int32($0.count))) }
    }
}
