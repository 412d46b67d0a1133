import Glibc

/// Reads a file at the start of the program; nothing may wait for a disk later.
enum FileContent {
    static let bytesMax = 4 << 20

    /// Nil when it cannot be read or is too large.
    static func bytes(at path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = fread(&piece, 1, piece.count, file)
            if count == 0 { return ferror(file) == 0 ? bytes : nil }
            bytes += piece[..<count]
            if bytes.count > bytesMax { return nil }
        }
    }
}
