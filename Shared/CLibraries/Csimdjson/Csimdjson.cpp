#include "Csimdjson.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <simdjson.h>

using simdjson::dom::element;
using simdjson::internal::tape_ref;
using simdjson::internal::tape_type;

struct tidings_json_document {
    simdjson::dom::document document;
};

namespace {

// An element is one tape_ref, which is a document and a position; its constructor from one is private.
static_assert(sizeof(element) == sizeof(tape_ref) && std::is_trivially_copyable_v<element>);

tape_ref tape(tidings_json_value value) {
    return tape_ref(static_cast<const simdjson::dom::document *>(value.document), value.position);
}

tidings_json_value value_of(const tape_ref &ref) { return {ref.doc, ref.json_index}; }

bool is(tidings_json_value value, tape_type type) { return tape(value).tape_ref_type() == type; }

tidings_json_text text_of(std::string_view view) { return {view.data(), view.size()}; }

// The parser keeps the working memory of its largest document, so beyond this it is thrown away after use.
constexpr size_t kept_capacity_max = 256 * 1024;

struct thread_parser {
    std::unique_ptr<simdjson::dom::parser> parser;
    size_t depth_max = 0;
};

tidings_json_status status_of(simdjson::error_code error) {
    switch (error) {
    case simdjson::SUCCESS: return TIDINGS_JSON_OK;
    case simdjson::DEPTH_ERROR: return TIDINGS_JSON_TOO_DEEP;
    case simdjson::UTF8_ERROR: return TIDINGS_JSON_NOT_UTF8;
    case simdjson::MEMALLOC: return TIDINGS_JSON_NO_MEMORY;
    default: return TIDINGS_JSON_MALFORMED;
    }
}

bool has_twice(std::vector<std::string_view> &keys) {
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

}  // namespace

tidings_json_status tidings_json_parse(const void *bytes, size_t count, size_t depth_max,
                                       tidings_json_document **document, const char **reason) {
    *document = nullptr;
    *reason = nullptr;
    if (count == 0) {
        *reason = simdjson::error_message(simdjson::EMPTY);
        return TIDINGS_JSON_MALFORMED;
    }
    // One parser for each thread: only its buffers are shared between documents, and none outlives the call.
    static thread_local thread_parser mine;
    if (!mine.parser || mine.depth_max != depth_max) {
        mine.parser.reset(new (std::nothrow) simdjson::dom::parser());
        if (!mine.parser || mine.parser->allocate(4096, depth_max)) {
            mine.parser.reset();
            return TIDINGS_JSON_NO_MEMORY;
        }
        mine.depth_max = depth_max;
    }
    auto *made = new (std::nothrow) tidings_json_document();
    if (!made) return TIDINGS_JSON_NO_MEMORY;
    auto error = mine.parser->parse_into_document(made->document, static_cast<const uint8_t *>(bytes), count, true)
                     .error();
    if (mine.parser->capacity() > kept_capacity_max) mine.parser.reset();
    if (error) {
        delete made;
        *reason = simdjson::error_message(error);
        return status_of(error);
    }
    *document = made;
    return TIDINGS_JSON_OK;
}

void tidings_json_free(tidings_json_document *document) { delete document; }

tidings_json_value tidings_json_root(const tidings_json_document *document) {
    // Position 0 of the tape is the root marker; the value itself begins at 1.
    return {&document->document, 1};
}

tidings_json_kind tidings_json_kind_of(tidings_json_value value) {
    switch (tape(value).tape_ref_type()) {
    case tape_type::START_OBJECT: return TIDINGS_JSON_OBJECT;
    case tape_type::START_ARRAY: return TIDINGS_JSON_ARRAY;
    case tape_type::STRING: return TIDINGS_JSON_STRING;
    case tape_type::INT64: return TIDINGS_JSON_INTEGER;
    case tape_type::UINT64:
    case tape_type::DOUBLE: return TIDINGS_JSON_DOUBLE;
    case tape_type::TRUE_VALUE:
    case tape_type::FALSE_VALUE: return TIDINGS_JSON_BOOLEAN;
    default: return TIDINGS_JSON_NULL;
    }
}

bool tidings_json_first(tidings_json_value container, tidings_json_cursor *cursor) {
    tape_ref ref = tape(container);
    auto type = ref.tape_ref_type();
    if (type != tape_type::START_OBJECT && type != tape_type::START_ARRAY) return false;
    cursor->is_object = type == tape_type::START_OBJECT;
    cursor->end = ref.matching_brace_index() - 1;
    cursor->value = {container.document, container.position + 1};
    cursor->key = {nullptr, 0};
    if (cursor->value.position >= cursor->end) return false;
    if (cursor->is_object) {
        cursor->key = text_of(tape(cursor->value).get_string_view());
        cursor->value.position += 1;
    }
    return true;
}

bool tidings_json_next(tidings_json_cursor *cursor) {
    size_t position = tape(cursor->value).after_element();
    if (position >= cursor->end) return false;
    cursor->value.position = position;
    if (cursor->is_object) {
        cursor->key = text_of(tape(cursor->value).get_string_view());
        cursor->value.position += 1;
    }
    return true;
}

bool tidings_json_member(tidings_json_value value, const char *key, size_t key_count, tidings_json_value *member) {
    tidings_json_cursor cursor;
    if (!is(value, tape_type::START_OBJECT) || !tidings_json_first(value, &cursor)) return false;
    do {
        if (cursor.key.count == key_count && (key_count == 0 || memcmp(cursor.key.bytes, key, key_count) == 0)) {
            *member = cursor.value;
            return true;
        }
    } while (tidings_json_next(&cursor));
    return false;
}

bool tidings_json_string(tidings_json_value value, tidings_json_text *text) {
    if (!is(value, tape_type::STRING)) return false;
    *text = text_of(tape(value).get_string_view());
    return true;
}

bool tidings_json_integer(tidings_json_value value, int64_t *number) {
    if (!is(value, tape_type::INT64)) return false;
    *number = tape(value).next_tape_value<int64_t>();
    return true;
}

bool tidings_json_double(tidings_json_value value, double *number) {
    switch (tape(value).tape_ref_type()) {
    case tape_type::DOUBLE: *number = tape(value).next_tape_value<double>(); return true;
    case tape_type::INT64: *number = double(tape(value).next_tape_value<int64_t>()); return true;
    case tape_type::UINT64: *number = double(tape(value).next_tape_value<uint64_t>()); return true;
    default: return false;
    }
}

bool tidings_json_boolean(tidings_json_value value, bool *boolean) {
    *boolean = is(value, tape_type::TRUE_VALUE);
    return *boolean || is(value, tape_type::FALSE_VALUE);
}

// Recursion is bounded by the depth the document was parsed with.
bool tidings_json_has_duplicate_keys(tidings_json_value value) {
    tidings_json_cursor cursor;
    if (!tidings_json_first(value, &cursor)) return false;
    std::vector<std::string_view> keys;
    do {
        if (cursor.is_object) keys.emplace_back(cursor.key.bytes, cursor.key.count);
        if (tidings_json_has_duplicate_keys(cursor.value)) return true;
    } while (tidings_json_next(&cursor));
    return has_twice(keys);
}

bool tidings_json_serialize(tidings_json_value value, void *context,
                            void (*take)(void *context, const char *bytes, size_t count)) {
    try {
        tape_ref ref = tape(value);
        element whole;
        memcpy(static_cast<void *>(&whole), &ref, sizeof(element));
        simdjson::internal::string_builder<> builder;
        builder.append(whole);
        std::string_view text = builder.str();
        take(context, text.data(), text.size());
        return true;
    } catch (const std::bad_alloc &) {
        return false;
    }
}
