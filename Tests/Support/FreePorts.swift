import Glibc

/// Ports that were free a moment ago, below those the kernel gives to outgoing connections: one of these would sooner
/// or later be the port of a process that is down for a while, and its next start would find it taken.
package enum FreePorts {
    private static let range = 20_000..<32_000
    private static let tries = 1_000

    package static func take(_ names: [String]) throws -> [String: Int] {
        // Held open until the last was found, so that no two are the same.
        var sockets: [Int32] = []
        defer { for descriptor in sockets { close(descriptor) } }
        var ports: [String: Int] = [:]
        for name in names {
            let (descriptor, port) = try freePort()
            sockets.append(descriptor)
            ports[name] = port
        }
        return ports
    }

    private static func freePort() throws -> (descriptor: Int32, port: Int) {
        for _ in 0..<tries {
            if let found = bound(to: .random(in: range)) { return found }
        }
        throw NotInTime(description: "no free port")
    }

    private static func bound(to port: Int) -> (descriptor: Int32, port: Int)? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isBound { return (descriptor, port) }
        close(descriptor)
        return nil
    }
}
