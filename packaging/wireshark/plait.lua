-- SPDX-License-Identifier: BSD-2-Clause
-- Wireshark dissector for Plait (docs/PROTOCOL.md).
--
--   tshark -X lua_script:plait.lua -r capture.pcap -Y plait
--   tshark -X lua_script:plait.lua -o plait.keylog:/tmp/keys.txt -r capture.pcap -V
--
-- Without keys it shows what is in the clear: the packet's kind, connection ID, path and number.
-- With the file that plait send --keylog FILE (or recv) wrote it also shows the frames. Tags are
-- not verified: what decrypts to frames that add up is shown.

local bit = bit or bit32
local band, bor, bxor, lshift, rshift = bit.band, bit.bor, bit.bxor, bit.lshift, bit.rshift

local plait = Proto("plait", "Plait bonded transport")
plait.prefs.ports = Pref.string("UDP ports", "7000", "ports read as Plait, besides the heuristic")
plait.prefs.keylog = Pref.string("Key log file", "", "written by plait --keylog FILE")

local TYPES = { [0x10] = "FIRST", [0x20] = "SECOND", [0x30] = "COOKIE", [0x40] = "SEALED" }
local FRAMES = {
  [0x00] = "PADDING", [0x01] = "PING", [0x02] = "ACK", [0x03] = "NACK", [0x04] = "TIME",
  [0x05] = "CHALLENGE", [0x06] = "RESPONSE", [0x07] = "PATH_GONE", [0x08] = "SKIP",
  [0x09] = "REPORT", [0x0a] = "LATENCY", [0x0b] = "CLOSE", [0x10] = "DATA", [0x20] = "REPAIR",
}
local REPORT = { "delivered", "missing", "late", "recovered_fec", "duplicates", "reorder_us",
  "headroom_us" }

local f = plait.fields
f.type = ProtoField.uint8("plait.type", "Packet", base.HEX, TYPES)
f.version = ProtoField.uint8("plait.version", "Version")
f.flags = ProtoField.uint8("plait.flags", "Flags", base.HEX)
f.psk = ProtoField.bool("plait.flags.psk", "Pre-shared key", 8, nil, 0x01)
f.sender_cid = ProtoField.uint32("plait.sender_cid", "Sender's connection ID", base.HEX)
f.receiver_cid = ProtoField.uint32("plait.receiver_cid", "Receiver's connection ID", base.HEX)
f.phase = ProtoField.uint8("plait.phase", "Key phase")
f.path = ProtoField.uint8("plait.path", "Path")
f.number = ProtoField.uint32("plait.packet_number", "Packet number, low 24 bits")
f.noise = ProtoField.bytes("plait.noise", "Noise message")
f.mac1 = ProtoField.bytes("plait.mac1", "mac1")
f.mac2 = ProtoField.bytes("plait.mac2", "mac2 (cookie)")
f.cookie = ProtoField.bytes("plait.cookie", "Cookie reply")
f.sealed = ProtoField.bytes("plait.sealed", "Sealed frames")
f.tag = ProtoField.bytes("plait.tag", "Tag")
f.frame = ProtoField.uint8("plait.frame", "Frame", base.HEX, FRAMES)
f.length = ProtoField.uint64("plait.frame.length", "Length")
f.seq = ProtoField.uint32("plait.data.seq", "Sequence number, low 24 bits")
f.written = ProtoField.uint32("plait.data.written", "Write time (2 us), low 24 bits")
f.more = ProtoField.bool("plait.data.more", "More fragments", 8, nil, 0x01)
f.cont = ProtoField.bool("plait.data.cont", "Continues", 8, nil, 0x02)
f.nulls = ProtoField.bool("plait.data.nulls", "Null packets taken out", 8, nil, 0x04)
f.again = ProtoField.bool("plait.data.again", "Sent again", 8, nil, 0x08)
f.payload = ProtoField.bytes("plait.data.payload", "Media")
f.repair_first = ProtoField.uint32("plait.repair.first", "First sequence number")
f.repair_count = ProtoField.uint8("plait.repair.count", "Source packets")
f.repair_key = ProtoField.uint16("plait.repair.key", "Coefficient key")
f.symbol = ProtoField.bytes("plait.repair.symbol", "Symbol")
f.value = ProtoField.uint64("plait.frame.value", "Value")
f.token = ProtoField.bytes("plait.frame.token", "Token")
f.text = ProtoField.string("plait.frame.text", "Says")
local bad = ProtoExpert.new("plait.malformed", "Malformed Plait packet", expert.group.MALFORMED,
  expert.severity.WARN)
local sealed_still = ProtoExpert.new("plait.unopened", "No key of the key log opens this packet",
  expert.group.DECRYPTION, expert.severity.NOTE)
plait.experts = { bad, sealed_still }

-- ---- bytes ----

local function u32le(s, at)
  local a, b, c, d = s:byte(at, at + 3)
  return bor(a, lshift(b, 8), lshift(c, 16), lshift(d, 24))
end

local function xor_block(text, at, block, out)
  for i = 1, math.min(#block, #text - at + 1) do
    out[#out + 1] = string.char(bxor(text:byte(at + i - 1), block[i]))
  end
end

local function from_hex(text)
  return (text:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

local function nonce_of(path, number)
  local high = math.floor(number / 0x100000000)
  local low = number % 0x100000000
  local function be(value)
    return string.char(math.floor(value / 0x1000000) % 256, math.floor(value / 0x10000) % 256,
      math.floor(value / 0x100) % 256, value % 256)
  end
  return be(path) .. be(high) .. be(low)
end

-- ---- ChaCha20 (RFC 8439, 2.4): only the key stream; Wireshark's Lua has no cipher to call ----

local function quarter(x, a, b, c, d)
  x[a] = band(x[a] + x[b], 0xffffffff); x[d] = bit.rol(bxor(x[d], x[a]), 16)
  x[c] = band(x[c] + x[d], 0xffffffff); x[b] = bit.rol(bxor(x[b], x[c]), 12)
  x[a] = band(x[a] + x[b], 0xffffffff); x[d] = bit.rol(bxor(x[d], x[a]), 8)
  x[c] = band(x[c] + x[d], 0xffffffff); x[b] = bit.rol(bxor(x[b], x[c]), 7)
end

local function chacha_block(key, nonce, counter)
  local start = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 }
  for i = 0, 7 do start[5 + i] = u32le(key, 1 + 4 * i) end
  start[13] = counter
  for i = 0, 2 do start[14 + i] = u32le(nonce, 1 + 4 * i) end
  local x = {}
  for i = 1, 16 do x[i] = start[i] end
  for _ = 1, 10 do
    quarter(x, 1, 5, 9, 13); quarter(x, 2, 6, 10, 14)
    quarter(x, 3, 7, 11, 15); quarter(x, 4, 8, 12, 16)
    quarter(x, 1, 6, 11, 16); quarter(x, 2, 7, 12, 13)
    quarter(x, 3, 8, 9, 14); quarter(x, 4, 5, 10, 15)
  end
  local out = {}
  for i = 1, 16 do
    local word = band(x[i] + start[i], 0xffffffff)
    for shift = 0, 24, 8 do out[#out + 1] = band(rshift(word, shift), 0xff) end
  end
  return out
end

local function chacha_decrypt(key, nonce, text)
  local out = {}
  for at = 1, #text, 64 do
    xor_block(text, at, chacha_block(key, nonce, 1 + (at - 1) / 64), out)
  end
  return table.concat(out)
end

-- ---- AES-256 in counter mode, as GCM uses it (FIPS 197; SP 800-38D, 6.5) ----

local SBOX, MIX = {}, { {}, {}, {}, {} }

local function aes_tables()
  local function double(value)
    value = value * 2
    return value > 255 and bxor(value, 0x11b) or value
  end
  local p, q = 1, 1
  repeat -- p runs through the field by 3, q by its inverse
    p = bxor(p, double(p))
    q = bxor(q, lshift(q, 1)); q = bxor(q, lshift(q, 2)); q = bxor(q, lshift(q, 4))
    q = band(q, 255)
    if band(q, 0x80) ~= 0 then q = bxor(q, 0x09) end
    local x = q
    for shift = 1, 4 do x = bxor(x, band(bor(lshift(q, shift), rshift(q, 8 - shift)), 255)) end
    SBOX[p] = bxor(x, 0x63)
  until p == 1
  SBOX[0] = 0x63
  for i = 0, 255 do
    local s = SBOX[i]
    local two, three = double(s), bxor(double(s), s)
    MIX[1][i] = bor(lshift(two, 24), lshift(s, 16), lshift(s, 8), three)
    MIX[2][i] = bor(lshift(three, 24), lshift(two, 16), lshift(s, 8), s)
    MIX[3][i] = bor(lshift(s, 24), lshift(three, 16), lshift(two, 8), s)
    MIX[4][i] = bor(lshift(s, 24), lshift(s, 16), lshift(three, 8), two)
  end
end

local function u32be(s, at)
  local a, b, c, d = s:byte(at, at + 3)
  return bor(lshift(a, 24), lshift(b, 16), lshift(c, 8), d)
end

local function byte_of(word, index) -- 0: the highest
  return band(rshift(word, 24 - 8 * index), 0xff)
end

local function sub_word(w)
  return bor(lshift(SBOX[byte_of(w, 0)], 24), lshift(SBOX[byte_of(w, 1)], 16),
    lshift(SBOX[byte_of(w, 2)], 8), SBOX[byte_of(w, 3)])
end

local function aes_schedule(key)
  if not SBOX[0] then aes_tables() end
  local w, round = {}, 1
  for i = 0, 7 do w[i] = u32be(key, 1 + 4 * i) end
  for i = 8, 59 do
    local last = w[i - 1]
    if i % 8 == 0 then
      last = bxor(sub_word(bit.rol(last, 8)), lshift(round, 24))
      round = round * 2
    elseif i % 8 == 4 then
      last = sub_word(last)
    end
    w[i] = bxor(w[i - 8], last)
  end
  return w
end

local function aes_block(w, s0, s1, s2, s3)
  s0, s1, s2, s3 = bxor(s0, w[0]), bxor(s1, w[1]), bxor(s2, w[2]), bxor(s3, w[3])
  local function mixed(a, b, c, d, k)
    return bxor(MIX[1][byte_of(a, 0)], MIX[2][byte_of(b, 1)], MIX[3][byte_of(c, 2)],
      MIX[4][byte_of(d, 3)], w[k])
  end
  for k = 4, 52, 4 do
    s0, s1, s2, s3 = mixed(s0, s1, s2, s3, k), mixed(s1, s2, s3, s0, k + 1),
      mixed(s2, s3, s0, s1, k + 2), mixed(s3, s0, s1, s2, k + 3)
  end
  local out, s = {}, { s0, s1, s2, s3 }
  for i = 0, 3 do
    for j = 0, 3 do
      out[#out + 1] = bxor(SBOX[byte_of(s[(i + j) % 4 + 1], j)], byte_of(w[56 + i], j))
    end
  end
  return out
end

local function aes_decrypt(w, nonce, text)
  local n0, n1, n2 = u32be(nonce, 1), u32be(nonce, 5), u32be(nonce, 9)
  local out = {}
  for at = 1, #text, 16 do
    xor_block(text, at, aes_block(w, n0, n1, n2, 2 + (at - 1) / 16), out)
  end
  return table.concat(out)
end

-- ---- the key log ----

local keys, keys_file = {}, nil -- by "cid:phase", the newest last

local function keys_read(path)
  keys, keys_file = {}, path
  local file = path ~= "" and io.open(path, "r")
  if not file then return end
  for line in file:lines() do
    local cid, phase, suite, key = line:match("^plait%-keylog%-1 (%x+) (%d+) (%d+) (%x+)$")
    if cid and #key == 64 then
      local name = tonumber(cid, 16) .. ":" .. phase
      local raw = from_hex(key)
      keys[name] = keys[name] or {}
      table.insert(keys[name], { suite = tonumber(suite), key = raw,
        schedule = tonumber(suite) == 2 and aes_schedule(raw) or nil })
    end
  end
  file:close()
end

-- ---- frames: over a string, so that a guess can be tried before it is shown ----

local function varint(s, at)
  local first = s:byte(at)
  if not first then return nil end
  local len = lshift(1, rshift(first, 6))
  if at + len - 1 > #s then return nil end
  local value = band(first, 0x3f)
  for i = 1, len - 1 do value = value * 256 + s:byte(at + i) end
  return value, at + len
end

-- The frames as {type, from, body, to}, or nil when they do not add up.
local function frames_of(s)
  local out, at = {}, 1
  while at <= #s do
    local kind = s:byte(at)
    if kind == 0 then
      local from = at
      while s:byte(at) == 0 do at = at + 1 end
      out[#out + 1] = { type = 0, from = from, body = at, to = at - 1 }
    elseif (kind >= 0x10 and kind <= 0x1f) or kind == 0x20 then
      if #s - at + 1 < (kind == 0x20 and 8 or 7) then return nil end
      out[#out + 1] = { type = kind, from = at, body = at + 1, to = #s }
      at = #s + 1
    elseif kind < 0x10 then
      local len, body = varint(s, at + 1)
      if not len or body + len - 1 > #s then return nil end
      out[#out + 1] = { type = kind, from = at, body = body, to = body + len - 1 }
      at = body + len
    else
      return nil
    end
  end
  return #out > 0 and out or nil
end

local function varints(s, frame)
  local out, at = {}, frame.body
  while at <= frame.to do
    local value, after = varint(s, at)
    if not value then break end
    out[#out + 1] = value
    at = after
  end
  return out, at
end

local function ranges_text(base, v, from)
  local parts = {}
  for i = from, #v - 1, 2 do
    local first = base + v[i]
    base = first + v[i + 1]
    parts[#parts + 1] = v[i + 1] == 1 and tostring(first) or (first .. "-" .. base - 1)
  end
  return #parts > 0 and table.concat(parts, ", ") or "none"
end

local function ack_text(v)
  local lost = 0
  for i = 4, #v do if v[i] == 0 then lost = lost + 1 end end
  return string.format("path %d, up to %d, %d packets told, %d of them missing", v[1] or 0,
    v[2] or 0, math.max(1, #v - 2), lost)
end

local function report_text(v)
  local parts = {}
  for i, name in ipairs(REPORT) do parts[i] = name .. " " .. (v[i] or 0) end
  return table.concat(parts, ", ")
end

-- How many varints the body of a control frame begins with: {least, most}; whole: pairs.
local SHAPE = {
  [0x01] = { 0, 0 }, [0x02] = { 3, 194 }, [0x03] = { 2, 50, 2 }, [0x04] = { 1, 1 },
  [0x07] = { 2, 2 }, [0x08] = { 2, 48, 2 }, [0x09] = { 7, 7 }, [0x0a] = { 2, 2 }, [0x0b] = { 1, 1 },
}

-- What is wrong with a frame, nil when it is as docs/PROTOCOL.md says.
local function frame_fault(s, frame)
  local kind = frame.type
  if kind == 0 or kind >= 0x10 then return nil end
  if not FRAMES[kind] then return "unknown frame" end
  if kind == 0x05 or kind == 0x06 then
    return frame.to - frame.body + 1 ~= 8 and "a token has 8 bytes" or nil
  end
  local v, used = varints(s, frame)
  local shape = SHAPE[kind]
  if used <= frame.to then return "its last number is cut off" end
  if #v < shape[1] or #v > shape[2] or (shape[3] and #v % 2 ~= 0) then
    return #v .. " numbers, " .. shape[1] .. " to " .. shape[2] .. " are right"
  end
  return nil
end

-- What a person wants to know of a control frame.
local function frame_text(s, frame)
  local v = varints(s, frame)
  if frame.type == 0x02 then return ack_text(v) end
  if frame.type == 0x03 then
    local base = v[1] or 0
    return string.format("all below %d, looked up to %d, missing %s", base, base + (v[2] or 0),
      ranges_text(base, v, 3))
  end
  if frame.type == 0x04 then return string.format("clock %d us", v[1] or 0) end
  if frame.type == 0x07 then
    return string.format("path %d, its packets were numbered below %d", v[1] or 0, v[2] or 0)
  end
  if frame.type == 0x08 then return "will not come: " .. ranges_text(0, v, 1) end
  if frame.type == 0x09 then return report_text(v) end
  if frame.type == 0x0a then
    local heard = (v[2] or 0) > 0 and string.format(", heard the wish for %d us", v[2]) or ""
    return string.format("%d us", v[1] or 0) .. heard
  end
  if frame.type == 0x0b then return string.format("code %d", v[1] or 0) end
  return ""
end

local function show_data(tree, tvb, frame)
  local at = frame.from - 1
  tree:add(f.more, tvb(at, 1)); tree:add(f.cont, tvb(at, 1))
  tree:add(f.nulls, tvb(at, 1)); tree:add(f.again, tvb(at, 1))
  tree:add(f.seq, tvb(at + 1, 3))
  tree:add(f.written, tvb(at + 4, 3))
  if frame.to > at + 7 then tree:add(f.payload, tvb(at + 7, frame.to - at - 7)) end
end

local function show_repair(tree, tvb, frame)
  local at = frame.from - 1
  tree:add(f.repair_first, tvb(at + 1, 4))
  tree:add(f.repair_count, tvb(at + 5, 1))
  tree:add(f.repair_key, tvb(at + 6, 2))
  if frame.to > at + 8 then tree:add(f.symbol, tvb(at + 8, frame.to - at - 8)) end
end

local function frame_name(kind)
  return FRAMES[kind >= 0x10 and kind <= 0x1f and 0x10 or kind] or string.format("0x%02x", kind)
end

local function show_frames(tree, tvb, s, frames)
  local names = {}
  for _, frame in ipairs(frames) do
    local name = frame_name(frame.type)
    local at, len = frame.from - 1, frame.to - frame.from + 1
    local sub = tree:add(plait, tvb(at, len), "Frame: " .. name)
    local kind = frame.type >= 0x10 and frame.type <= 0x1f and 0x10 or frame.type
    sub:add(f.frame, tvb(at, 1), kind)
    if kind == 0x10 then
      show_data(sub, tvb, frame)
      name = name .. " " .. tvb(at + 1, 3):uint()
      if band(frame.type, 0x08) ~= 0 then name = name .. " (again)" end
    elseif kind == 0x20 then
      show_repair(sub, tvb, frame)
    elseif kind == 0x05 or kind == 0x06 then
      if frame.to >= frame.body then
        sub:add(f.token, tvb(frame.body - 1, frame.to - frame.body + 1))
      end
    elseif kind ~= 0 then
      local text = frame_text(s, frame)
      if text ~= "" then
        sub:add(f.text, tvb(at, len), text)
        sub:append_text(" (" .. text .. ")")
      end
    end
    local fault = frame_fault(s, frame)
    if fault then sub:add_proto_expert_info(bad, frame_name(frame.type) .. ": " .. fault) end
    names[#names + 1] = name
  end
  return table.concat(names, ", ")
end

-- ---- packets ----

-- The full packet number of a frame: the header has 24 bits, the rest comes from the numbers before
-- it on the same path. Wireshark looks at frames again in any order, so each one's is kept.
local highest, numbers = {}, {}
local cids = {} -- named in a handshake

local function packet_number(pinfo, cid, path, low)
  if numbers[pinfo.number] then return numbers[pinfo.number] end
  local name, span = cid .. ":" .. path, 0x1000000
  local last = highest[name] or low
  local number = low + math.floor(last / span) * span
  if number + span / 2 < last then
    number = number + span
  elseif number > last + span / 2 and number >= span then
    number = number - span
  end
  highest[name] = math.max(last, number)
  numbers[pinfo.number] = number
  return number
end

local function open(cid, phase, path, number, sealed)
  local nonce = nonce_of(path, number)
  local known = keys[cid .. ":" .. phase] or {}
  for i = #known, 1, -1 do
    local text = known[i].suite == 2 and aes_decrypt(known[i].schedule, nonce, sealed)
      or chacha_decrypt(known[i].key, nonce, sealed)
    local frames = frames_of(text)
    if frames then return text, frames end
  end
  return nil
end

local function show_sealed(tvb, pinfo, tree)
  local first, cid, low = tvb(0, 1):uint(), tvb(1, 3):uint(), tvb(4, 3):uint()
  local phase, path = band(rshift(first, 4), 3), band(first, 15)
  local len = tvb:len() - 7 - 16
  local number = packet_number(pinfo, cid, path, low)
  tree:add(f.phase, tvb(0, 1), phase)
  tree:add(f.receiver_cid, tvb(1, 3))
  tree:add(f.path, tvb(0, 1), path)
  tree:add(f.number, tvb(4, 3))
  tree:add(f.sealed, tvb(7, len))
  tree:add(f.tag, tvb(7 + len, 16))
  pinfo.cols.info = string.format("SEALED cid=%06x path=%d number=%d len=%d", cid, path, number,
    len)
  local text, frames = open(cid, phase, path, number, tvb:raw(7, len))
  if not text then
    if plait.prefs.keylog ~= "" then tree:add_proto_expert_info(sealed_still) end
    return
  end
  local array = ByteArray.new(text, true)
  local plain = array:tvb("Plait frames")
  pinfo.cols.info = string.format("path=%d number=%d ", path, number) ..
    show_frames(tree, plain, text, frames)
end

local function show_first(tvb, tree)
  tree:add(f.version, tvb(1, 1))
  tree:add(f.flags, tvb(2, 1)):add(f.psk, tvb(2, 1))
  tree:add(f.sender_cid, tvb(4, 3))
  cids[tvb(4, 3):uint()] = true
  local noise = tvb:len() - 8 - 32
  tree:add(f.noise, tvb(8, noise))
  tree:add(f.mac1, tvb(8 + noise, 16))
  tree:add(f.mac2, tvb(24 + noise, 16))
end

local function show_second(tvb, tree)
  tree:add(f.version, tvb(1, 1))
  tree:add(f.sender_cid, tvb(4, 3))
  cids[tvb(4, 3):uint()] = true
  tree:add(f.receiver_cid, tvb(8, 3))
  tree:add(f.noise, tvb(12))
end

local function show_cookie(tvb, tree)
  tree:add(f.version, tvb(1, 1))
  tree:add(f.receiver_cid, tvb(4, 3))
  tree:add(f.cookie, tvb(8))
end

local SHORTEST = { [0x10] = 8 + 32 + 32, [0x20] = 12 + 32, [0x30] = 8 + 16, [0x40] = 7 + 16 }

-- The kind of packet, nil when it is none of Plait's.
local function kind_of(tvb)
  if tvb:len() < 23 then return nil end
  local first = tvb(0, 1):uint()
  local kind = band(first, 0xc0) == 0x40 and 0x40 or first
  if not SHORTEST[kind] or tvb:len() < SHORTEST[kind] then return nil end
  if kind ~= 0x40 and (tvb(1, 1):uint() ~= 2 or tvb(3, 1):uint() ~= 0) then return nil end
  return kind
end

function plait.dissector(tvb, pinfo, root)
  local kind = kind_of(tvb)
  if plait.prefs.keylog ~= keys_file then keys_read(plait.prefs.keylog) end
  pinfo.cols.protocol = "Plait"
  local tree = root:add(plait, tvb())
  if not kind then
    tree:add_proto_expert_info(bad)
    return
  end
  tree:add(f.type, tvb(0, 1), kind)
  tree:append_text(", " .. TYPES[kind])
  pinfo.cols.info = TYPES[kind]
  if kind == 0x40 then show_sealed(tvb, pinfo, tree)
  elseif kind == 0x10 then show_first(tvb, tree)
  elseif kind == 0x20 then show_second(tvb, tree)
  else show_cookie(tvb, tree) end
end

function plait.init()
  highest, numbers, cids, keys_file = {}, {}, {}, nil
end

-- A handshake is unmistakable; it makes the whole conversation Plait's, whatever its port. Links
-- that come later and addresses that change carry a connection ID of a handshake that was seen.
plait:register_heuristic("udp", function(tvb, pinfo, root)
  local kind = kind_of(tvb)
  local known = kind == 0x40 and cids[tvb(1, 3):uint()]
  if kind ~= 0x10 and kind ~= 0x20 and not known then return false end
  pinfo.conversation = plait
  plait.dissector(tvb, pinfo, root)
  return true
end)

local registered = {}
local function ports_changed()
  local udp = DissectorTable.get("udp.port")
  for _, port in ipairs(registered) do udp:remove(port, plait) end
  registered = {}
  for port in plait.prefs.ports:gmatch("%d+") do
    udp:add(tonumber(port), plait)
    registered[#registered + 1] = tonumber(port)
  end
end
plait.prefs_changed = ports_changed
ports_changed()
