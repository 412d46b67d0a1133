internal import JSON

/// The statuses of a delivery byte for byte, as Meta wrote and signed them.
package enum MetaStatusSlices {
    private static let name = Array("\"statuses\"".utf8)

    /// Each status as it is written when it is read (`MetaWebhook.Status.raw`), and as it came. The body is JSON that was
    /// read before; of anything else nothing is found.
    package static func all(in body: [UInt8]) -> [(read: [UInt8], slice: [UInt8])] {
        objects(in: body).compactMap { range in
            let slice = Array(body[range])
            guard let document = try? JSONDocument(parsing: slice) else { return nil }
            return (document.root.serialized(), slice)
        }
    }

    /// Objects that stand in an array under the name `statuses`.
    private static func objects(in body: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var place = 0
        // Of each container that is open: whether it is such an array.
        var open: [Bool] = []
        var begun: Int?
        var depth = 0
        var last: Range<Int>?
        while place < body.count {
            switch body[place] {
            case UInt8(ascii: "\""):
                let end = endOfString(in: body, from: place)
                last = place..<end
                place = end
                continue
            case UInt8(ascii: "["):
                open.append(last.map { body[$0].elementsEqual(name) } ?? false)
                last = nil
            case UInt8(ascii: "{"):
                if open.last == true, begun == nil { (begun, depth) = (place, open.count) }
                open.append(false)
                last = nil
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if !open.isEmpty { open.removeLast() }
                if let from = begun, open.count == depth {
                    found.append(from..<place + 1)
                    begun = nil
                }
                last = nil
            case UInt8(ascii: ","): last = nil
            default: break
            }
            place += 1
        }
        return found
    }

    /// - Returns: the place behind the closing quote.
    private static func endOfString(in body: [UInt8], from start: Int) -> Int {
        var place = start + 1
        while place < body.count {
            if body[place] == UInt8(ascii: "\\") { place += 2; continue }
            if body[place] == UInt8(ascii: "\"") { return place + 1 }
            place += 1
        }
        return body.count
    }
}
