// PNG and JPEG through libpng and libjpeg, with their setjmp/longjmp error handling kept inside C.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Room for an error message, terminating zero included.
#define IMAGE_CODECS_MESSAGE_CAPACITY 256

// Every function returns 0 on success; otherwise a reason stands in `message` (IMAGE_CODECS_MESSAGE_CAPACITY bytes).

// Reads no more than the header: width and height in pixels.
int image_codecs_png_size(const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message);
int image_codecs_jpeg_size(const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message);

// Decodes to 8-bit RGB, rows from the top. `capacity` must be exactly width * height * 3 of the header.
// Grey is repeated, palettes are looked up, alpha is dropped, 16-bit colour keeps its high byte.
int image_codecs_png_decode(const uint8_t *bytes, size_t count, uint8_t *rgb, size_t capacity, char *message);
int image_codecs_jpeg_decode(const uint8_t *bytes, size_t count, uint8_t *rgb, size_t capacity, char *message);

// Encodes 8-bit RGB as PNG. `*encoded` must be given back to image_codecs_free.
int image_codecs_png_encode(
    const uint8_t *rgb, uint32_t width, uint32_t height, uint8_t **encoded, size_t *encoded_count, char *message);
void image_codecs_free(uint8_t *encoded);
