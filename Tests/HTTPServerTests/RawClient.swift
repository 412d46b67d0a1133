import Glibc

/// A socket that says exactly what a test wants said. Blocking: used inside `onThread` only.
final class RawClient {
    struct Answer: Sendable {
        var status: Int
        var headers: [(name: String, value: String)]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    enum Ending: Sendable, Equatable {
        case closed
        case timeout
    }

    struct Trouble: Error {
        var text: String
    }

    private let descriptor: Int32
    private var received: [UInt8] = []

    init(port: Int, receiveBufferBytes: Int32? = nil, patience: Int = 30) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Trouble(text: "no socket") }
        if var size = receiveBufferBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            throw Trouble(text: "not connected: \(errno)")
        }
    }

    deinit { close(descriptor) }

    /// A server may have closed meanwhile, which is for the next read to find out.
    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    func send(_ text: String) {
        send(Array(text.utf8))
    }

    /// One answer; what follows it stays for the next call.
    func answer(toHead: Bool = false) throws -> Answer {
        let head = try take(through: Array("\r\n\r\n".utf8))
        var lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n").map(String.init)
        guard !lines.isEmpty,
            let status = Int(lines.removeFirst().split(separator: " ").dropFirst().first ?? "")
        else { throw Trouble(text: "no status line") }
        let headers = lines.map { line -> (name: String, value: String) in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        var answer = Answer(status: status, headers: headers, body: [])
        guard !toHead, status >= 200, status != 204, status != 304 else { return answer }
        if let length = answer.header("Content-Length").flatMap({ Int($0) }) {
            answer.body = try take(length)
        } else if answer.header("Transfer-Encoding") == "chunked" {
            while let chunk = try chunk() { answer.body += chunk }
        } else {
            while try receive() {}
            answer.body = received
            received = []
        }
        return answer
    }

    /// The headers of a stream; its chunks are left for `chunk()`.
    func head() throws -> String {
        String(decoding: try take(through: Array("\r\n\r\n".utf8)), as: UTF8.self)
    }

    /// `nil` after the last.
    func chunk() throws -> [UInt8]? {
        let line = String(decoding: try take(through: Array("\r\n".utf8)).dropLast(2), as: UTF8.self)
        guard let size = Int(line, radix: 16) else { throw Trouble(text: "no chunk size: \(line)") }
        let bytes = try take(size)
        _ = try take(2)
        return size == 0 ? nil : bytes
    }

    /// Reads on to the end, dropping what comes.
    func ending() -> Ending {
        do {
            while try receive() {}
            return .closed
        } catch {
            return .timeout
        }
    }

    private func take(through mark: [UInt8]) throws -> [UInt8] {
        var searched = 0
        while true {
            if received.count >= mark.count {
                for start in searched...(received.count - mark.count)
                where received[start..<start + mark.count].elementsEqual(mark) {
                    return try take(start + mark.count)
                }
                searched = received.count - mark.count + 1
            }
            guard try receive() else { throw Trouble(text: "closed") }
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while received.count < count {
            guard try receive() else { throw Trouble(text: "closed") }
        }
        defer { received.removeFirst(count) }
        return Array(received.prefix(count))
    }

    /// False at the end; a reset is an end, too.
    private func receive() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { throw Trouble(text: "nothing came") }
        guard count > 0 else { return false }
        received += buffer.prefix(count)
        return true
    }
}
