"""Words of the English CLDR names of the flags of countries and regions.

Made by `python -m tests.text.emoji_names`. A name that stands here never changes, since bundles know its words.
"""

NAMES = """
🇦🇫 afghanistan,🇦🇱 albania,🇩🇿 algeria,🇦🇸 american samoa,🇦🇩 andorra,🇦🇴 angola,🇦🇮 anguilla,🇦🇶 antarctica,
🇦🇬 antigua barbuda,🇦🇷 argentina,🇦🇲 armenia,🇦🇼 aruba,🇦🇨 ascension island,🇦🇺 australia,🇦🇹 austria,
🇦🇿 azerbaijan,🇧🇸 bahamas,🇧🇭 bahrain,🇧🇩 bangladesh,🇧🇧 barbados,🇧🇾 belarus,🇧🇪 belgium,🇧🇿 belize,
🇧🇯 benin,🇧🇲 bermuda,🇧🇹 bhutan,🇧🇴 bolivia,🇧🇦 bosnia herzegovina,🇧🇼 botswana,🇧🇻 bouvet island,🇧🇷 brazil,
🇮🇴 british indian ocean territory,🇻🇬 british virgin islands,🇧🇳 brunei,🇧🇬 bulgaria,🇧🇫 burkina faso,
🇧🇮 burundi,🇰🇭 cambodia,🇨🇲 cameroon,🇨🇦 canada,🇮🇨 canary islands,🇨🇻 cape verde,🇧🇶 caribbean netherlands,
🇰🇾 cayman islands,🇨🇫 central african republic,🇪🇦 ceuta melilla,🇹🇩 chad,🇨🇱 chile,🇨🇳 china,
🇨🇽 christmas island,🇨🇵 clipperton island,🇨🇨 cocos keeling islands,🇨🇴 colombia,🇰🇲 comoros,
🇨🇬 congo brazzaville,🇨🇩 congo kinshasa,🇨🇰 cook islands,🇨🇷 costa rica,🇭🇷 croatia,🇨🇺 cuba,🇨🇼 curaçao,
🇨🇾 cyprus,🇨🇿 czechia,🇨🇮 côte d ivoire,🇩🇰 denmark,🇩🇬 diego garcia,🇩🇯 djibouti,🇩🇲 dominica,
🇩🇴 dominican republic,🇪🇨 ecuador,🇪🇬 egypt,🇸🇻 el salvador,🇬🇶 equatorial guinea,🇪🇷 eritrea,🇪🇪 estonia,
🇸🇿 eswatini,🇪🇹 ethiopia,🇪🇺 european union,🇫🇰 falkland islands,🇫🇴 faroe islands,🇫🇯 fiji,🇫🇮 finland,
🇫🇷 france,🇬🇫 french guiana,🇵🇫 french polynesia,🇹🇫 french southern and antarctic lands,🇬🇦 gabon,🇬🇲 gambia,
🇬🇪 georgia,🇩🇪 germany,🇬🇭 ghana,🇬🇮 gibraltar,🇬🇷 greece,🇬🇱 greenland,🇬🇩 grenada,🇬🇵 guadeloupe,🇬🇺 guam,
🇬🇹 guatemala,🇬🇬 guernsey,🇬🇳 guinea,🇬🇼 guinea bissau,🇬🇾 guyana,🇭🇹 haiti,🇭🇲 heard island mcdonald islands,
🇭🇳 honduras,🇭🇰 hong kong sar china,🇭🇺 hungary,🇮🇸 iceland,🇮🇳 india,🇮🇩 indonesia,🇮🇷 iran,🇮🇶 iraq,
🇮🇪 ireland,🇮🇲 isle of man,🇮🇱 israel,🇮🇹 italy,🇯🇲 jamaica,🇯🇵 japan,🇯🇪 jersey,🇯🇴 jordan,🇰🇿 kazakhstan,
🇰🇪 kenya,🇰🇮 kiribati,🇽🇰 kosovo,🇰🇼 kuwait,🇰🇬 kyrgyzstan,🇱🇦 laos,🇱🇻 latvia,🇱🇧 lebanon,🇱🇸 lesotho,
🇱🇷 liberia,🇱🇾 libya,🇱🇮 liechtenstein,🇱🇹 lithuania,🇱🇺 luxembourg,🇲🇴 macao sar china,🇲🇬 madagascar,
🇲🇼 malawi,🇲🇾 malaysia,🇲🇻 maldives,🇲🇱 mali,🇲🇹 malta,🇲🇭 marshall islands,🇲🇶 martinique,🇲🇷 mauritania,
🇲🇺 mauritius,🇾🇹 mayotte,🇲🇽 mexico,🇫🇲 micronesia,🇲🇩 moldova,🇲🇨 monaco,🇲🇳 mongolia,🇲🇪 montenegro,
🇲🇸 montserrat,🇲🇦 morocco,🇲🇿 mozambique,🇲🇲 myanmar burma,🇳🇦 namibia,🇳🇷 nauru,🇳🇵 nepal,🇳🇱 netherlands,
🇳🇨 new caledonia,🇳🇿 new zealand,🇳🇮 nicaragua,🇳🇪 niger,🇳🇬 nigeria,🇳🇺 niue,🇳🇫 norfolk island,
🇰🇵 north korea,🇲🇰 north macedonia,🇲🇵 northern mariana islands,🇳🇴 norway,🇴🇲 oman,🇵🇰 pakistan,🇵🇼 palau,
🇵🇸 palestinian territories,🇵🇦 panama,🇵🇬 papua new guinea,🇵🇾 paraguay,🇵🇪 peru,🇵🇭 philippines,
🇵🇳 pitcairn islands,🇵🇱 poland,🇵🇹 portugal,🇵🇷 puerto rico,🇶🇦 qatar,🇷🇴 romania,🇷🇺 russia,🇷🇼 rwanda,
🇷🇪 réunion,🇼🇸 samoa,🇸🇲 san marino,🇨🇶 sark,🇸🇦 saudi arabia,🇸🇳 senegal,🇷🇸 serbia,🇸🇨 seychelles,
🇸🇱 sierra leone,🇸🇬 singapore,🇸🇽 sint maarten,🇸🇰 slovakia,🇸🇮 slovenia,🇸🇧 solomon islands,🇸🇴 somalia,
🇿🇦 south africa,🇬🇸 south georgia south sandwich islands,🇰🇷 south korea,🇸🇸 south sudan,🇪🇸 spain,🇱🇰 sri lanka,
🇧🇱 st barthélemy,🇸🇭 st helena ascension tristan da cunha,🇰🇳 st kitts nevis,🇱🇨 st lucia,🇲🇫 st martin,
🇵🇲 st pierre miquelon,🇻🇨 st vincent grenadines,🇸🇩 sudan,🇸🇷 suriname,🇸🇯 svalbard jan mayen,🇸🇪 sweden,
🇨🇭 switzerland,🇸🇾 syria,🇸🇹 são tomé príncipe,🇹🇼 taiwan,🇹🇯 tajikistan,🇹🇿 tanzania,🇹🇭 thailand,
🇹🇱 timor leste,🇹🇬 togo,🇹🇰 tokelau,🇹🇴 tonga,🇹🇹 trinidad tobago,🇹🇦 tristan da cunha,🇹🇳 tunisia,
🇹🇲 turkmenistan,🇹🇨 turks caicos islands,🇹🇻 tuvalu,🇹🇷 türkiye,🇺🇲 u s outlying islands,🇻🇮 u s virgin islands,
🇺🇬 uganda,🇺🇦 ukraine,🇦🇪 united arab emirates,🇬🇧 united kingdom,🇺🇳 united nations,🇺🇸 united states,
🇺🇾 uruguay,🇺🇿 uzbekistan,🇻🇺 vanuatu,🇻🇦 vatican city,🇻🇪 venezuela,🇻🇳 vietnam,🇼🇫 wallis futuna,
🇪🇭 western sahara,🇾🇪 yemen,🇿🇲 zambia,🇿🇼 zimbabwe,🇦🇽 åland islands
"""
