import Glibc
import Runtime
import Synchronization

/// The SMTP sink: takes any mail and keeps it for the page. A thread that listens, and one for each
/// connection.
final class MailServer: Part {
    static let connectionsMax = 32
    static let silenceMax = 60

    struct CannotListen: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var listener: Int32 = -1
        var port = 0
        var open: Set<Int32> = []
        var isStopping = false
    }

    let name = "mail"
    private let address: String
    private let wantedPort: Int
    private let inbox: Inbox
    private let state = Mutex(State())
    private let listening = Mutex<WorkerThread?>(nil)

    init(address: String, port: Int, inbox: Inbox) {
        self.address = address
        wantedPort = port
        self.inbox = inbox
    }

    /// Known once started.
    var port: Int { state.withLock { $0.port } }

    func start() async throws {
        let (listener, port) = try listen()
        state.withLock { ($0.listener, $0.port) = (listener, port) }
        listening.withLock {
            $0 = WorkerThread(name: "mail", stackBytes: 256 << 10) { [self] in accept(on: listener) }
        }
        Log.info("mails are taken", ["address": "\(address):\(port)"])
    }

    func stop(within limit: Duration) async {
        state.withLock { state in
            state.isStopping = true
            // Wakes the threads that wait in accept and recv; each closes its own.
            if state.listener >= 0 { shutdown(state.listener, Int32(SHUT_RDWR)) }
            for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) }
        }
        await listening.withLock { $0 }?.ended()
    }

    private func listen() throws -> (Int32, Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw CannotListen(description: "no socket: error \(errno)") }
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(UInt16(wantedPort).bigEndian)
        guard inet_pton(AF_INET, address, &name.sin_addr) == 1 else {
            close(listener)
            throw CannotListen(description: "LISTEN_ADDRESS is no IPv4 address")
        }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard bind(listener, generic, length) == 0, Glibc.listen(listener, 64) == 0 else {
                    return Int32(-1)
                }
                return getsockname(listener, generic, &length)
            }
        }
        guard status == 0 else {
            let reason = errno
            close(listener)
            throw CannotListen(description: "cannot listen on port \(wantedPort) for mails: error \(reason)")
        }
        return (listener, Int(UInt16(bigEndian: name.sin_port)))
    }

    private func accept(on listener: Int32) {
        while !state.withLock({ $0.isStopping }) {
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                // Shut down, or no descriptors left: wait a little, so that the latter does not spin.
                usleep(10_000)
                continue
            }
            let isTaken = state.withLock { state in
                guard !state.isStopping, state.open.count < Self.connectionsMax else { return false }
                state.open.insert(connection)
                return true
            }
            guard isTaken else {
                Self.send("421 too many connections\r\n", to: connection)
                close(connection)
                continue
            }
            // Not held: the thread ends with its connection.
            _ = WorkerThread(name: "mail peer", stackBytes: 256 << 10) { [self] in
                converse(connection)
                state.withLock { state in
                    state.open.remove(connection)
                    _ = close(connection)
                }
            }
        }
        state.withLock { state in
            close(state.listener)
            state.listener = -1
        }
    }

    private func converse(_ connection: Int32) {
        var patience = timeval(tv_sec: Self.silenceMax, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var dialogue = SMTPDialogue()
        var waiting: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        guard Self.send(SMTPDialogue.greeting, to: connection) else { return }
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            waiting += buffer[..<count]
            var start = 0
            while let end = waiting[start...].firstIndex(of: 0x0A) {
                var line = waiting[start..<end]
                if line.last == 0x0D { line = line.dropLast() }
                start = end + 1
                guard answer(dialogue.read(line, failure: inbox.nextMailFailure), on: connection) else {
                    return
                }
            }
            waiting.removeFirst(start)
            guard waiting.count <= SMTPDialogue.lineBytesMax else {
                Self.send("500 line too long\r\n", to: connection)
                return
            }
        }
    }

    /// - Returns: whether the conversation goes on.
    private func answer(_ step: SMTPDialogue.Step, on connection: Int32) -> Bool {
        switch step {
        case .nothing: return true
        case .reply(let text): return Self.send(text, to: connection)
        case .close(let text):
            Self.send(text, to: connection)
            return false
        case .received(let mail):
            let reading = MailReading(mail.text)
            inbox.add(
                Inbox.Item(
                    kind: .mail,
                    at: SystemClock.now(),
                    from: reading.from.isEmpty ? mail.from : reading.from,
                    to: mail.to,
                    subject: reading.subject,
                    text: reading.text,
                    html: reading.html,
                    raw: mail.text
                )
            )
            return Self.send("250 taken\r\n", to: connection)
        }
    }

    @discardableResult
    private static func send(_ text: String, to connection: Int32) -> Bool {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    connection,
                    buffer.baseAddress?.advanced(by: sent),
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}
