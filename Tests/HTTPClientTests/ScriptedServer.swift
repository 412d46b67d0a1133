import Glibc
import Synchronization

/// A server on 127.0.0.1 that does to each connection what the test says, with plain blocking threads.
final class ScriptedServer: Sendable {
    struct Received: Sendable {
        let connection: Int
        let head: String
        let body: [UInt8]
    }

    private struct State {
        var connections: [Connection] = []
        var received: [Received] = []
        var isStopped = false
    }

    let port: Int
    private let listener: Int32
    private let state = Mutex(State())

    private let tls: TLSIdentity?

    var url: String { "\(tls == nil ? "http" : "https")://127.0.0.1:\(port)/" }
    var received: [Received] { state.withLock { $0.received } }
    var connectionCount: Int { state.withLock { $0.connections.count } }

    init(tls: TLSIdentity? = nil, _ behaviour: @escaping @Sendable (Connection) -> Void) throws {
        (listener, port) = try Self.listen()
        self.tls = tls
        let state = Reference(self)
        startThread { [listener] in
            while true {
                let accepted = accept(listener, nil, nil)
                guard accepted >= 0, let server = state.server else { return }
                guard let connection = server.admit(accepted) else { return }
                startThread {
                    if connection.begin(tls) { behaviour(connection) }
                    connection.end()
                }
            }
        }
    }

    deinit { stop() }

    func stop() {
        let connections = state.withLock { state -> [Connection]? in
            guard !state.isStopped else { return nil }
            state.isStopped = true
            return state.connections
        }
        guard let connections else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        for connection in connections {
            connection.interrupt()
        }
    }

    fileprivate func record(_ request: Received) {
        state.withLock { $0.received.append(request) }
    }

    private func admit(_ socket: Int32) -> Connection? {
        state.withLock { state in
            guard !state.isStopped else {
                close(socket)
                return nil
            }
            let connection = Connection(socket, number: state.connections.count, Reference(self))
            state.connections.append(connection)
            return connection
        }
    }

    static func listen() throws -> (listener: Int32, port: Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && Glibc.listen(listener, 1024) == 0
                    && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw ServerProblem() }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// A port where nobody listens.
    static func refusedPort() throws -> Int {
        let (listener, port) = try listen()
        close(listener)
        return port
    }
}

struct ServerProblem: Error {}

/// The thread of a server must not keep the server alive.
// Safety: a weak reference is read atomically and never changed.
final class Reference: @unchecked Sendable {
    private(set) weak var server: ScriptedServer?
    init(_ server: ScriptedServer) { self.server = server }
}

/// One accepted connection; used by its own thread, ended from anywhere.
final class Connection: Sendable {
    let number: Int
    private let server: Reference
    private let socket: Mutex<Int32>
    private let descriptor: Int32
    private let unread = Mutex<[UInt8]>([])
    private let session = Mutex<TLSSession?>(nil)

    init(_ socket: Int32, number: Int, _ server: Reference) {
        self.socket = Mutex(socket)
        descriptor = socket
        self.number = number
        self.server = server
    }

    func begin(_ tls: TLSIdentity?) -> Bool {
        guard let tls else { return true }
        guard let accepted = tls.accept(descriptor) else { return false }
        session.withLock { $0 = accepted }
        return true
    }

    /// Reads one whole HTTP request and records it; nil when the client closed.
    func readRequest() -> ScriptedServer.Received? {
        guard let head = readHead() else { return nil }
        let lengthLine = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        let length = lengthLine.flatMap { Int($0.dropFirst(15).trimmingPrefix(" ")) } ?? 0
        guard let body = read(exactly: length) else { return nil }
        let request = ScriptedServer.Received(connection: number, head: head, body: body)
        server.server?.record(request)
        return request
    }

    func readHead() -> String? {
        readUntil([13, 10, 13, 10]).map { String(decoding: $0, as: UTF8.self) }
    }

    func readLine() -> String? {
        readUntil([13, 10]).map { String(decoding: $0.dropLast(2), as: UTF8.self) }
    }

    func readUntil(_ mark: [UInt8]) -> [UInt8]? {
        unread.withLock { unread in
            while true {
                if unread.count >= mark.count {
                    for start in 0...(unread.count - mark.count)
                    where unread[start..<start + mark.count].elementsEqual(mark) {
                        defer { unread.removeFirst(start + mark.count) }
                        return Array(unread[..<(start + mark.count)])
                    }
                }
                guard readMore(&unread) else { return nil }
            }
        }
    }

    func read(exactly count: Int) -> [UInt8]? {
        unread.withLock { unread in
            while unread.count < count {
                guard readMore(&unread) else { return nil }
            }
            defer { unread.removeFirst(count) }
            return Array(unread[..<count])
        }
    }

    /// Until the client closes.
    func readToEnd() {
        unread.withLock { unread in
            while readMore(&unread) { unread.removeAll() }
        }
    }

    private func readMore(_ unread: inout [UInt8]) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = session.withLock { $0 }?.read(&buffer) ?? recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        unread += buffer[..<count]
        return true
    }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        let session = session.withLock { $0 }
        var sent = 0
        while sent < bytes.count {
            let count =
                session?.write(bytes[sent...])
                ?? bytes[sent...].withUnsafeBytes {
                    send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    func answer(_ status: Int = 200, _ body: String = "{\"ok\":true}", headers: [String] = []) {
        let lines = ["HTTP/1.1 \(status) X", "Content-Length: \(body.utf8.count)"] + headers
        write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Closes so that the peer sees a reset instead of an orderly end.
    func reset() {
        var hard = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
        end()
    }

    func end() {
        socket.withLock { socket in
            if socket >= 0 { close(socket) }
            socket = -1
        }
    }

    func interrupt() {
        socket.withLock { socket in
            if socket >= 0 { _ = shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }
}

/// Answers every request of every connection.
func answeringServer(_ status: Int = 200) throws -> ScriptedServer {
    try ScriptedServer { connection in
        while connection.readRequest() != nil { connection.answer(status) }
    }
}

private final class ThreadBody {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

func startThread(_ run: @escaping @Sendable () -> Void) {
    let body = Unmanaged.passRetained(ThreadBody(run))
    var thread = pthread_t()
    let code = pthread_create(
        &thread,
        nil,
        { argument in
            guard let argument else { return nil }
            // OpenSSL writes without asking the kernel to leave this signal out.
            var brokenPipe = sigset_t()
            sigemptyset(&brokenPipe)
            sigaddset(&brokenPipe, SIGPIPE)
            pthread_sigmask(SIG_BLOCK, &brokenPipe, nil)
            Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
            return nil
        },
        body.toOpaque()
    )
    precondition(code == 0)
    pthread_detach(thread)
}

/// Waits for a condition that another thread brings about; false when half a minute was not enough.
func eventually(_ condition: @Sendable () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < deadline {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return condition()
}
