internal import Glibc

/// Reads files that are small by nature: a mounted secret, a settings file, an entry of /proc.
package enum SmallFile {
    package static let bytesMax = 64 * 1_024

    /// Nil when the file cannot be opened or read, or is larger than `max`.
    package static func text(at path: String, max bytesMax: Int = bytesMax) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: bytesMax + 1)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            filled += count
        }
        guard filled <= bytesMax else { return nil }
        return String(decoding: bytes[..<filled], as: UTF8.self)
    }
}
