#include <curl/curl.h>

// Swift imports no variadic function: one for each type of value that an option takes.
static inline CURLcode CCurl_setLong(CURL *handle, CURLoption option, long value) { return curl_easy_setopt(handle, option, value); }
static inline CURLcode CCurl_setPointer(CURL *handle, CURLoption option, const void *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode CCurl_setSize(CURL *handle, CURLoption option, curl_off_t value) { return curl_easy_setopt(handle, option, value); }
static inline CURLcode CCurl_setWriter(CURL *handle, size_t (*writer)(char *, size_t, size_t, void *), void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, writer);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}
static inline void CCurl_limitConnections(CURLM *multi, long count) {
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, count);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, count);
}
static inline long CCurl_status(CURL *handle) {
    long status = 0;
    return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK ? status : 0;
}
// Seconds that `Retry-After` asks for, as a number or as a date; 0 without one.
static inline curl_off_t CCurl_retryAfter(CURL *handle) {
    curl_off_t seconds = 0;
    return curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK ? seconds : 0;
}
// The next exchange that is over, or null.
static inline CURL *CCurl_nextDone(CURLM *multi, CURLcode *code) {
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));) {
        if (message->msg == CURLMSG_DONE) {
            *code = message->data.result;
            return message->easy_handle;
        }
    }
    return 0;
}
static inline CURLcode CCurl_startUp(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }
