/// A key and its value in one call. A nil value leaves the whole field out; write `null()` by name where
/// the reader must see one.
extension JSONWriter {
    package mutating func field(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    package mutating func field(_ name: StaticString, _ value: String?) {
        if let value { field(name, value) }
    }

    package mutating func field(_ name: StaticString, _ value: some BinaryInteger) {
        key(name)
        integer(value)
    }

    package mutating func field(_ name: StaticString, _ value: (some BinaryInteger)?) {
        if let value { field(name, value) }
    }

    package mutating func field(_ name: StaticString, _ value: Bool) {
        key(name)
        boolean(value)
    }

    package mutating func field(_ name: StaticString, _ value: Bool?) {
        if let value { field(name, value) }
    }

    package mutating func field(_ name: StaticString, _ value: Double) {
        key(name)
        double(value)
    }

    package mutating func field(_ name: StaticString, _ value: Double?) {
        if let value { field(name, value) }
    }

    package mutating func field(_ name: StaticString, raw json: [UInt8]) {
        key(name)
        raw(json)
    }

    package mutating func field(_ name: StaticString, raw json: [UInt8]?) {
        if let json { field(name, raw: json) }
    }

    package mutating func field(_ name: StaticString, object body: (inout JSONWriter) -> Void) {
        key(name)
        object(body)
    }

    package mutating func field(_ name: StaticString, array body: (inout JSONWriter) -> Void) {
        key(name)
        array(body)
    }

    package mutating func field(_ name: StaticString, _ values: [String]) {
        key(name)
        array { list in for value in values { list.string(value) } }
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Fields whose reader must see that there is none.
extension JSONWriter {
    package mutating func field(_ name: StaticString, orNull value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    package mutating func field(_ name: StaticString, orNull value: Int?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    package mutating func field(_ name: StaticString, orNull value: Double?) {
        key(name)
        if let value { double(value) } else { null() }
    }

    package mutating func field(_ name: StaticString, orNull value: Bool?) {
        key(name)
        if let value { boolean(value) } else { null() }
    }
}
