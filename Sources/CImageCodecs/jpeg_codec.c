#include "image_codecs.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

// A progressive file may repeat scans without end, each as costly as a whole image.
#define SCAN_LIMIT 256

typedef struct {
    struct jpeg_error_mgr base; // first: libjpeg hands back a pointer to it
    jmp_buf jump;
    char *message;
} error_handler;

static void on_error(j_common_ptr common) {
    error_handler *handler = (error_handler *)common->err;
    char text[JMSG_LENGTH_MAX];
    common->err->format_message(common, text);
    strncpy(handler->message, text, IMAGE_CODECS_MESSAGE_CAPACITY - 1);
    handler->message[IMAGE_CODECS_MESSAGE_CAPACITY - 1] = 0;
    longjmp(handler->jump, 1);
}

static void on_warning(j_common_ptr common, int level) {
    (void)common;
    (void)level;
}

// libjpeg's own memory source pretends an end marker and leaves the rest grey: a truncated file is an error here.
static boolean on_end_of_input(j_decompress_ptr image) {
    ERREXIT(image, JERR_INPUT_EOF);
    return FALSE;
}

static void on_progress(j_common_ptr common) {
    if (common->is_decompressor && ((j_decompress_ptr)common)->input_scan_number > SCAN_LIMIT) {
        ERREXIT(common, JERR_BAD_PROGRESSION);
    }
}

// Opens the file and reads its header. Must be called with the jump buffer set.
static void read_header(j_decompress_ptr image, const uint8_t *bytes, size_t count) {
    jpeg_create_decompress(image);
    jpeg_mem_src(image, bytes, count);
    image->src->fill_input_buffer = on_end_of_input;
    jpeg_read_header(image, TRUE);
}

static void prepare(j_decompress_ptr image, error_handler *handler, char *message) {
    memset(image, 0, sizeof(*image));
    image->err = jpeg_std_error(&handler->base);
    handler->base.error_exit = on_error;
    handler->base.emit_message = on_warning;
    handler->message = message;
}

int image_codecs_jpeg_size(const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message) {
    struct jpeg_decompress_struct image;
    error_handler handler;
    prepare(&image, &handler, message);
    if (setjmp(handler.jump)) {
        jpeg_destroy_decompress(&image);
        return 1;
    }
    read_header(&image, bytes, count);
    *width = image.image_width;
    *height = image.image_height;
    jpeg_destroy_decompress(&image);
    return 0;
}

// c * n / 255, rounded.
static inline int scaled(int c, int n) {
    int t = c * n + 128;
    return ((t >> 8) + t) >> 8;
}

// Inverted CMYK, as every writer stores it (Adobe's convention), to RGB: n - c n / 255 with n = 255 - k.
static void convert_cmyk(const uint8_t *cmyk, uint8_t *rgb, size_t width) {
    for (size_t x = 0; x < width; x++) {
        int n = cmyk[4 * x + 3];
        for (int channel = 0; channel < 3; channel++) {
            rgb[3 * x + channel] = (uint8_t)(n - scaled(255 - cmyk[4 * x + channel], n));
        }
    }
}

int image_codecs_jpeg_decode(const uint8_t *bytes, size_t count, uint8_t *rgb, size_t capacity, char *message) {
    struct jpeg_decompress_struct image;
    struct jpeg_progress_mgr progress = {.progress_monitor = on_progress};
    error_handler handler;
    prepare(&image, &handler, message);
    if (setjmp(handler.jump)) {
        jpeg_destroy_decompress(&image);
        return 1;
    }
    read_header(&image, bytes, count);
    image.progress = &progress;
    int is_cmyk = image.jpeg_color_space == JCS_CMYK || image.jpeg_color_space == JCS_YCCK;
    image.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&image);
    size_t width = image.output_width, height = image.output_height;
    if (width == 0 || height == 0 || capacity / 3 / width != height || capacity != width * height * 3) {
        ERREXIT(&image, JERR_BAD_BUFFER_MODE);
    }
    // libjpeg's pool owns the row, so that an error frees it too.
    uint8_t *row = is_cmyk ? image.mem->alloc_large((j_common_ptr)&image, JPOOL_IMAGE, width * 4) : NULL;
    while (image.output_scanline < image.output_height) {
        uint8_t *target = rgb + (size_t)image.output_scanline * width * 3;
        JSAMPROW rows[1] = {is_cmyk ? row : target};
        jpeg_read_scanlines(&image, rows, 1);
        if (is_cmyk) {
            convert_cmyk(row, target, width);
        }
    }
    jpeg_finish_decompress(&image);
    jpeg_destroy_decompress(&image);
    return 0;
}
