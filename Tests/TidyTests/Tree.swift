import Foundation

/// The repository's own files, as they lie on the disk.
enum Tree {
    struct File: Sendable {
        /// From the top of the repository, with `/` between its parts.
        let path: String
        let text: String
        let lines: [Substring]

        init(path: String, text: String) {
            self.path = path
            self.text = text
            lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        }

        var isSwift: Bool { path.hasSuffix(".swift") }
        var url: URL { top.appendingPathComponent(path) }
    }

    /// What the names of the top level may be, beside dot-files: who knows one such project knows where to look.
    static let topLevel = [
        "Package.swift", "README.md", "Services", "Shared", "Tests", "deploy", "docker-compose.yml",
    ]

    static let top = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let files: [File] = readFiles()
    static let swiftFiles = files.filter(\.isSwift)
    /// Every Swift file as code alone, by its path.
    static let code = swiftFiles.map { (path: $0.path, code: SwiftCode($0.text)) }

    static func swiftFiles(under folders: String...) -> [File] {
        swiftFiles.filter { file in folders.contains { file.path.hasPrefix($0 + "/") } }
    }

    static func file(_ path: String) -> File? { files.first { $0.path == path } }

    /// What is built, and what belongs to this machine only: .gitignore names the same.
    private static let notOurs: Set<String> = [".build", ".git", ".local", ".swiftpm", ".env"]

    private static func readFiles() -> [File] {
        var found: [File] = []
        func read(_ folder: String) {
            let names =
                (try? FileManager.default.contentsOfDirectory(atPath: top.appendingPathComponent(folder).path))
                ?? []
            for name in names.sorted() where !(folder.isEmpty && notOurs.contains(name)) {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                var isFolder: ObjCBool = false
                let place = top.appendingPathComponent(path)
                guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else {
                    continue
                }
                if isFolder.boolValue {
                    read(path)
                } else if let text = try? String(contentsOf: place, encoding: .utf8) {
                    found.append(File(path: path, text: text))
                }
            }
        }
        read("")
        return found
    }
}
