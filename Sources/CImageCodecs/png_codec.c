#include "image_codecs.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

// Ancillary chunks (text, profiles) are skipped; a file that carries more than this in one of them is refused.
#define CHUNK_BYTE_LIMIT (8u << 20)

typedef struct {
    const uint8_t *bytes;
    size_t count;
    size_t position;
} reader;

typedef struct {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
} writer;

static void set_message(char *message, const char *text) {
    strncpy(message, text, IMAGE_CODECS_MESSAGE_CAPACITY - 1);
    message[IMAGE_CODECS_MESSAGE_CAPACITY - 1] = 0;
}

static void on_error(png_structp png, png_const_charp text) {
    set_message((char *)png_get_error_ptr(png), text);
    longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void read_bytes(png_structp png, png_bytep out, size_t count) {
    reader *source = png_get_io_ptr(png);
    if (count > source->count - source->position) {
        png_error(png, "the file is truncated");
    }
    memcpy(out, source->bytes + source->position, count);
    source->position += count;
}

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
    writer *sink = png_get_io_ptr(png);
    if (count > sink->capacity - sink->count) {
        size_t capacity = sink->capacity * 2 + count;
        uint8_t *grown = realloc(sink->bytes, capacity);
        if (!grown) {
            png_error(png, "out of memory");
        }
        sink->bytes = grown;
        sink->capacity = capacity;
    }
    memcpy(sink->bytes + sink->count, bytes, count);
    sink->count += count;
}

static void flush_bytes(png_structp png) { (void)png; }

// Reads the chunks before the pixels. Must be called with the jump buffer set.
static void read_header(png_structp png, png_infop info, reader *source) {
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff); // the caller bounds width * height
    png_set_chunk_malloc_max(png, CHUNK_BYTE_LIMIT);
    png_set_chunk_cache_max(png, 64);
    // A wrong checksum is an error in every chunk, also where libpng would pass over it.
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_read_fn(png, source, read_bytes);
    png_read_info(png, info);
}

int image_codecs_png_size(const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message) {
    reader source = {bytes, count, 0};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, NULL, NULL);
        set_message(message, "out of memory");
        return 1;
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        return 1;
    }
    read_header(png, info, &source);
    *width = png_get_image_width(png, info);
    *height = png_get_image_height(png, info);
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
}

int image_codecs_png_decode(const uint8_t *bytes, size_t count, uint8_t *rgb, size_t capacity, char *message) {
    reader source = {bytes, count, 0};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, NULL, NULL);
        set_message(message, "out of memory");
        return 1;
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        return 1;
    }
    read_header(png, info, &source);
    size_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if (width == 0 || height == 0 || capacity / 3 / width != height || capacity != width * height * 3) {
        png_error(png, "the buffer does not fit the header's size");
    }
    int color = png_get_color_type(png, info);
    if (color == PNG_COLOR_TYPE_PALETTE) {
        png_set_palette_to_rgb(png);
    } else if (!(color & PNG_COLOR_MASK_COLOR)) {
        png_set_expand_gray_1_2_4_to_8(png);
        png_set_gray_to_rgb(png);
    }
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != width * 3) {
        png_error(png, "the colour type is not supported");
    }
    // An interlaced image adds to the rows of the passes before; the first pass must not read the caller's memory.
    memset(rgb, 0, capacity);
    for (int pass = 0; pass < passes; pass++) {
        for (size_t row = 0; row < height; row++) {
            png_read_row(png, rgb + row * width * 3, NULL);
        }
    }
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
}

int image_codecs_png_encode(
    const uint8_t *rgb, uint32_t width, uint32_t height, uint8_t **encoded, size_t *encoded_count, char *message) {
    writer *sink = calloc(1, sizeof(writer)); // on the heap, so that a longjmp leaves it defined
    png_structp png = sink ? png_create_write_struct(PNG_LIBPNG_VER_STRING, message, on_error, on_warning) : NULL;
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_write_struct(&png, NULL);
        free(sink);
        set_message(message, "out of memory");
        return 1;
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        free(sink->bytes);
        free(sink);
        return 1;
    }
    png_set_write_fn(png, sink, write_bytes, flush_bytes);
    png_set_IHDR(
        png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
        PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (size_t row = 0; row < height; row++) {
        png_write_row(png, rgb + row * width * 3);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    *encoded = sink->bytes;
    *encoded_count = sink->count;
    free(sink);
    return 0;
}

void image_codecs_free(uint8_t *encoded) { free(encoded); }
