#!/usr/bin/env perl
# A judges' server for the drills: a chat completions endpoint whose verdicts follow from the request alone.
#
#   judge-server.pl PORT_FILE MODE_FILE [PORT]
#
# Writes its port into PORT_FILE. As long as MODE_FILE holds "busy" every request is answered with 429.
use strict;
use warnings;
use IO::Socket::INET;

my ($port_file, $mode_file, $port) = @ARGV;
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port || 0, Listen => 128, ReuseAddr => 1, Proto => 'tcp')
  or die "judge-server: $!\n";
open(my $out, '>', "$port_file.partial") or die "judge-server: $port_file: $!\n";
print $out $server->sockport, "\n";
close $out;
rename "$port_file.partial", $port_file;
$SIG{CHLD} = 'IGNORE';

sub is_busy {
    open(my $in, '<', $mode_file) or return 0;
    my $mode = <$in> // '';
    return $mode =~ /busy/;
}

# One digit an annotation, by the sum of the question's bytes and the annotation's place.
sub verdicts {
    my ($body) = @_;
    my ($question) = $body =~ /.*(<response>.*)/s ? $1 : '';
    my %numbers = map { $_ => 1 } $question =~ /<info(\d+)>/g;
    my $sum = unpack('%32C*', $question);
    return join('\\n', map { "<info$_>" . (($sum + 7 * $_) / 3 % 2) . "</info$_>" } sort { $a <=> $b } keys %numbers);
}

while (1) {
    my $client = $server->accept or next;
    my $child = fork;
    if (!defined $child || $child > 0) { close $client; next }
    alarm 60;
    my $head = '';
    while (my $line = <$client>) { $head .= $line; last if $line =~ /^\r?\n$/ }
    my $length = $head =~ /content-length:\s*(\d+)/i ? $1 : 0;
    print $client "HTTP/1.1 100 Continue\r\n\r\n" if $head =~ /expect:\s*100-continue/i;
    my $body = '';
    read($client, $body, $length) if $length;
    my ($status, $answer) = ('200 OK', '');
    if (is_busy()) {
        ($status, $answer) = ('429 Too Many Requests', '{"error": {"message": "busy"}}');
    } else {
        $answer = '{"choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": "' . verdicts($body) . '"}}]}';
    }
    print $client "HTTP/1.1 $status\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " . length($answer) . "\r\n\r\n$answer";
    close $client;
    exit 0;
}
