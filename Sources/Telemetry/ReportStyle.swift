/// The report's style sheet: light and dark by the reader's setting, one column on a phone.
enum ReportStyle {
    static let text = """
        :root{--bg:#f6f7f9;--card:#fff;--ink:#17202b;--soft:#5b6776;--line:#e3e7ec;--grid:#edf0f3;--zero:#c3cad3;
        --good:#0b7a4b;--bad:#c0352b;--open:#8a6100;--goodbg:#e4f5ec;--badbg:#fdeceb;--openbg:#fcf3dc;
        --c0:#2463d6;--c1:#d9560b;--c2:#0b8a61;--c3:#8b3fc0;--c4:#b78a00;--c5:#c42a6b;--c6:#3d8fa8;--c7:#7d8794}
        @media(prefers-color-scheme:dark){:root{--bg:#0f141a;--card:#171d25;--ink:#e6ebf1;--soft:#95a1b0;--line:#28313c;--grid:#222a34;--zero:#465361;
        --good:#4fd094;--bad:#ff8a80;--open:#f0c45a;--goodbg:#12352a;--badbg:#40211f;--openbg:#3a2f12;
        --c0:#6ea0ff;--c1:#ff9454;--c2:#46cf9d;--c3:#c08bf0;--c4:#e6bd42;--c5:#ff7fb0;--c6:#6cc3dc;--c7:#8f9aa8}}
        *{box-sizing:border-box}html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
        main{max-width:1240px;margin:0 auto;padding:40px 24px 72px}
        h1{font-size:30px;line-height:1.2;letter-spacing:-.02em;margin:2px 0 8px;overflow-wrap:anywhere}
        h2{font-size:20px;letter-spacing:-.01em;margin:0 0 4px}h3{font-size:14px;font-weight:600;margin:0}
        section{margin-top:44px}.lead{color:var(--soft);margin:0 0 14px;max-width:95ch}h2+.grid,h2+.card{margin-top:12px}
        .note{color:var(--soft);font-size:12.5px;margin:4px 0 0}
        .eyebrow{color:var(--soft);font-size:12px;letter-spacing:.04em;margin:0;overflow-wrap:anywhere}
        .top .eyebrow{text-transform:uppercase;letter-spacing:.09em;font-weight:600}
        .facts{color:var(--soft);margin:0;display:flex;flex-wrap:wrap;gap:2px 20px}
        .status{display:inline-block;font-size:12.5px;font-weight:600;letter-spacing:0;padding:3px 10px;border-radius:99px;vertical-align:5px;background:var(--openbg);color:var(--open)}
        .status.finished{background:var(--goodbg);color:var(--good)}.status.failed{background:var(--badbg);color:var(--bad)}
        .card{background:var(--card);border:1px solid var(--line);border-radius:12px}
        .warnings{background:var(--openbg);border-color:var(--open);padding:14px 18px;margin-top:24px}.warnings h2{font-size:15px;color:var(--open)}
        .warnings dl{margin:0}.warnings dt{margin-top:8px;font-weight:600}.warnings small{font-weight:400;color:var(--soft)}.warnings dd{margin:0;overflow-wrap:anywhere}
        .tiles{display:flex;flex-wrap:wrap;gap:1px;margin:26px 0 6px;background:var(--line);border:1px solid var(--line);border-radius:12px;overflow:hidden}
        .tile{flex:1 1 132px;background:var(--card);padding:13px 16px}.tile dt{color:var(--soft);font-size:12.5px}
        .tile dd{margin:1px 0 0;font-size:23px;font-weight:600;letter-spacing:-.02em}.tile small{display:block;color:var(--soft);font-size:12px;font-weight:400;letter-spacing:0}
        .grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(340px,1fr));gap:14px}
        .chart{margin:0;padding:14px 16px 10px;min-width:0;display:flex;flex-direction:column}
        .chart figcaption{display:flex;justify-content:space-between;align-items:baseline;gap:10px}
        .now{font-weight:600}.now small{color:var(--soft);font-weight:400}
        .legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 14px;margin:5px 0 0;padding:0;font-size:12px;color:var(--soft)}
        .legend .shade::before{opacity:.3}.legend li::before{content:"";display:inline-block;width:9px;height:9px;border-radius:3px;background:var(--c);margin-right:5px}
        .frame{display:grid;grid-template-columns:auto 1fr;grid-template-rows:1fr 20px;margin-top:auto;padding-top:14px;font-size:11px;color:var(--soft)}
        .yaxis{position:relative;width:44px}.yaxis span{position:absolute;right:8px;transform:translateY(-50%);white-space:nowrap}
        .plot{position:relative;height:150px;cursor:crosshair;touch-action:pan-y}.plot svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible}
        .xaxis{grid-column:2;position:relative}.xaxis span{position:absolute;top:4px;transform:translateX(-50%)}
        .c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}.c4{--c:var(--c4)}.c5{--c:var(--c5)}.c6{--c:var(--c6)}.c7{--c:var(--c7)}
        svg line,svg polyline{vector-effect:non-scaling-stroke;fill:none}line.rule{stroke:var(--grid)}line.zero{stroke:var(--zero)}
        polyline{stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}polyline.raw{stroke-width:1;opacity:.32}
        .mark{stroke:var(--c);stroke-width:6;stroke-linecap:round}.band{fill:var(--c);opacity:.13}.bar{fill:var(--c)}
        .cursor{position:absolute;top:0;bottom:0;width:1px;background:var(--soft);opacity:.6;pointer-events:none}
        .dot{position:absolute;width:9px;height:9px;margin:-4.5px 0 0 -4.5px;border-radius:50%;background:var(--c);border:2px solid var(--card);pointer-events:none}
        #tip{position:fixed;z-index:9;pointer-events:none;background:var(--card);color:var(--ink);border:1px solid var(--line);border-radius:8px;padding:7px 10px;font-size:12px;line-height:1.55;box-shadow:0 6px 22px rgba(0,0,0,.18);min-width:96px}
        #tip[hidden]{display:none}#tip p{margin:0;display:flex;gap:14px;justify-content:space-between}#tip p:first-child{color:var(--soft)}
        #tip i{display:inline-block;width:8px;height:8px;border-radius:3px;background:var(--c);margin-right:6px}#tip b{font-weight:600}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
        th,td{text-align:left;vertical-align:top;padding:9px 14px;border-top:1px solid var(--line)}
        thead th{border-top:0;font-size:12px;font-weight:500;color:var(--soft);white-space:nowrap}
        .comparison td,.comparison thead th,.figures td,.figures thead th{text-align:right;white-space:nowrap;vertical-align:middle}
        .comparison tbody th{font-weight:600;vertical-align:middle}.comparison .wide{text-align:left;width:28%;min-width:150px}
        .comparison small{display:block;text-align:center;margin-top:2px;color:var(--soft);font-size:11.5px}.strong{font-weight:600}.up{color:var(--good)}.down{color:var(--bad)}
        .interval{position:relative;display:block;height:12px}.interval::before{content:"";position:absolute;left:50%;top:-3px;bottom:-3px;width:1px;background:var(--zero)}
        .interval i{position:absolute;top:4px;height:4px;border-radius:2px;background:var(--c0);opacity:.45}.interval b{position:absolute;top:1px;width:10px;height:10px;margin-left:-5px;border-radius:50%;background:var(--c0)}
        .sample{margin-top:14px;overflow:hidden}.sample header{display:flex;gap:16px;align-items:center;padding:14px 16px;border-bottom:1px solid var(--line)}
        .sample img{width:112px;height:112px;object-fit:contain;image-rendering:pixelated;border-radius:8px;background:var(--grid);flex:none}
        .question{margin:3px 0 0;font-weight:600;white-space:pre-wrap;overflow-wrap:anywhere}
        .response{width:46%;min-width:260px}pre{margin:0;font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere;max-height:260px;overflow-y:auto}
        .tag{color:var(--soft);opacity:.75}.cut{display:inline-block;margin-top:6px;font-size:12px;color:var(--open)}
        .annotations{list-style:none;margin:0;padding:0;min-width:190px;font-size:13.5px}.annotations li{margin:0 0 3px;padding-left:22px;text-indent:-22px;overflow-wrap:anywhere}
        .verdict::before{display:inline-block;width:16px;height:16px;margin-right:6px;border-radius:50%;font-size:11px;line-height:16px;font-weight:700;text-align:center;text-indent:0;vertical-align:1px}
        .reflected::before{content:"✓";background:var(--goodbg);color:var(--good)}.missing::before{content:"✕";background:var(--badbg);color:var(--bad)}.unknown::before{content:"?";background:var(--openbg);color:var(--open)}
        .lead .verdict{margin-right:10px;white-space:nowrap}.annotations .missing,.annotations .unknown{color:var(--soft)}
        .sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        .parts{margin:0;font-size:13px;min-width:120px}.parts div{display:flex;justify-content:space-between;gap:14px}.parts dt{color:var(--soft)}.parts dd{margin:0}.parts .total dt,.parts .total dd{font-weight:600;color:var(--ink)}
        .advantage{text-align:right;font-size:17px;font-weight:600}.advantage.even{color:var(--soft)}
        details{margin-top:12px}summary{cursor:pointer;padding:12px 16px;font-weight:600}.figures{font-size:13px}.figures th{font-weight:400}.figures td.digest{text-align:left;white-space:normal;overflow-wrap:anywhere;font:12px/1.5 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
        @media(max-width:640px){main{padding:24px 14px 48px}h1{font-size:25px}.grid{grid-template-columns:1fr}.comparison th,.comparison td{padding:9px 9px}
        .sample table,.sample tbody,.sample tr,.sample td{display:block;width:auto;min-width:0}.sample thead{display:none}.sample td{border:0;padding:6px 16px}.sample tr{border-top:1px solid var(--line);padding:8px 0}.sample tr:first-child{border:0}.sample img{width:84px;height:84px}
        .advantage{text-align:left}.advantage::before{content:"advantage ";font-size:13px;font-weight:400;color:var(--soft)}}
        @media print{.card,.tiles{break-inside:avoid}}
        """
}
